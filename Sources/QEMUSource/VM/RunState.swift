// SPDX-License-Identifier: Apache-2.0
// The machine's state, followed from events and corrected by answers.

package import EventModel
package import JSONText

/// Follows the state of one machine.
///
/// QEMU tells that a machine stopped, and in the event before it why: `BLOCK_IO_ERROR`, `WATCHDOG`, `GUEST_PANICKED`,
/// `SHUTDOWN`. The state is published at once as these say, and asked for where they cannot say it all.
package struct RunState: Hashable, Sendable {
  /// The state as far as is known.
  package private(set) var state: VMState
  /// What a `STOP` that comes now would mean.
  package private(set) var announced: VMState?
  /// The machine is being migrated away, so a `STOP` without another reason belongs to that.
  package private(set) var isMigrating = false
  /// The migration that brought the machine here is over, so it leaves the state that waits for it.
  private var hasArrived = false

  /// A machine in that state.
  package init(_ state: VMState = .unknown) { self.state = state }

  /// What follows from an event.
  package struct Outcome: Hashable, Sendable {
    /// The machine went to another state.
    package var changed = false
    /// The state should be asked for.
    package var mustAsk = false
  }

  /// Takes an event in.
  package mutating func apply(_ effect: QMPEffect, _ event: QMPEvent) -> Outcome {
    switch effect {
    case .none: return Outcome()
    case .stopped:
      let next = announced ?? (isMigrating ? .finishMigrate : .paused)
      // What was announced is what QEMU does next; a plain stop may have reasons that no event tells.
      let mustAsk = announced == nil
      announced = nil
      return Outcome(changed: set(next), mustAsk: mustAsk)
    case .resumed:
      announced = nil
      return Outcome(changed: set(.running))
    case .suspended:
      return Outcome(changed: set(.suspended), mustAsk: true)
    case .announces(let next, let action):
      if action == nil || event.data?["action"]?.isString(action ?? "") ?? false { announced = next }
      return Outcome()
    case .migration: return noteMigration(event.data?.string("status") ?? "")
    case .uncertain:
      // What was announced before a reset does not happen after it.
      if announced != .shutdown { announced = nil }
      return Outcome(mustAsk: state != .running)
    }
  }

  /// Whether the state is one that QEMU passes through and may leave without a word.
  ///
  /// `MIGRATION completed` is sent before the state becomes `postmigrate`, and nothing is sent after; nor is anything sent when a
  /// machine that was paused before it moved is paused again where it arrives.
  package var isPassing: Bool {
    switch state {
    case .finishMigrate: !isMigrating
    case .inmigrate: hasArrived
    case .saveVM, .restoreVM: true
    default: false
    }
  }

  /// Takes the answer to `query-status` in; whether it says something new.
  package mutating func correct(_ answer: VMState) -> Bool { set(answer) }

  private mutating func set(_ next: VMState) -> Bool {
    defer { state = next }
    if next != .inmigrate { hasArrived = false }
    return state != next
  }

  private mutating func noteMigration(_ status: String) -> Outcome {
    switch status {
    case "completed", "failed", "cancelled", "none":
      isMigrating = false
      hasArrived = state == .inmigrate && status == "completed"
      return Outcome(mustAsk: true)
    case "postcopy-paused", "colo":
      return Outcome(mustAsk: true)
    default:
      isMigrating = true
      return Outcome()
    }
  }
}

extension VMState {
  /// The state in an answer to `query-status`; a state that a newer QEMU has and we do not know is `unknown`.
  package init?(status answer: JSONValue) {
    guard let status = answer["status"], status.kind == .string else { return nil }
    let state = VMState.allCases.first { status.isString($0.rawValue) }
    // Our own two are not QEMU's to say.
    self = state == .stopped ? .unknown : state ?? .unknown
  }
}
