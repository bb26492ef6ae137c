// SPDX-License-Identifier: Apache-2.0
// What a machine remembers of its events: for its end, and for its object.

import EventModel

extension Machine {
  /// Remembers what may explain the machine's end, or the state that comes next.
  func note(_ row: QMPEventDefinition, _ fields: Fields) {
    guard case .always(let kind) = row.kind else {
      if row.effect == .resumed { goesOn() } else if row.effect == .stopped, state.state == .paused { reason = "" }
      return
    }
    switch kind {
    case .vmShutdown:
      facts.shutdownReason = fields["reason"]?.string ?? ""
      facts.shutdownByGuest = fields["guest"]?.bool ?? false
      reason = fields["reason"]?.string ?? ""
    case .vmReset, .vmWakeup: goesOn()
    case .vmGuestPanicked:
      facts.panicked = true
      reason = "guest panicked"
    case .vmWatchdog: reason = "watchdog, action \(fields["action"]?.string ?? "unknown")"
    case .vmBlockIOError where fields["action"] == "stop":
      let place =
        [fields["device"]?.string, fields["nodeName"]?.string].compactMap { $0 }.first { !$0.isEmpty } ?? "a disk"
      reason = "\(place): \(fields["reason"]?.string ?? "disk error")"
    case .vmMigrationStatus:
      // What comes in ends with "completed" too, when the machine runs already.
      if state.state == .inmigrate { isIncoming = true }
      if fields["status"] == "setup", state.state != .inmigrate { isIncoming = false }
      if !isIncoming { facts.migration = fields["status"]?.string }
    default: break
    }
  }

  /// Whatever it was about to do, it goes on.
  private func goesOn() {
    facts = StopFacts()
    reason = ""
  }

  /// What changes on the machine's object with an event of that kind.
  func changes(for kind: EventKind, _ fields: Fields) -> PropertyChanges {
    switch kind {
    case .vmMemoryBalloon: fields["actual"].map { [.balloon: $0] } ?? [:]
    case .vmMigrationStatus: fields["status"].map { [.migration: $0] } ?? [:]
    default: [:]
    }
  }
}
