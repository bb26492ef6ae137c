// SPDX-License-Identifier: Apache-2.0
// One machine, as long as it is known.

import EventLoop
import EventModel
import Hub

/// One machine, as long as it is known: across the monitors that serve it, and across the processes that it is.
///
/// Threading: belongs to the source, on the loop.
final class Machine {
  let subject: Subject
  var identity: VMIdentity
  /// The state, as events and answers tell it.
  var state: RunState
  /// Why the state was entered, in words.
  var reason = ""
  var facts = StopFacts()
  /// Whether the last migration brought it here.
  var isIncoming = false
  var rate: RateGuard
  /// The monitor that serves it.
  var monitor: Monitor?
  /// Its process, where it is known and is a QEMU.
  var process: PeerProcess?
  var processHandle: HandleID?
  /// The control group of its process, where that counts whom the kernel ended for want of memory.
  var memoryGroup: MemoryGroup?
  /// The unit of the host's service manager that its process is in.
  var unit: UnitMembership?
  /// What the manager says about the end of that.
  var inquiry = UnitInquiry.unasked
  /// When its process ended, while that is being explained.
  var endTime: Timestamp?
  /// Since when it is not seen; `nil` while it is.
  var blindSince: Timestamp?
  /// What is known of it beside its state.
  var snapshot: Snapshot?
  /// Its long work: jobs, a migration, a dump.
  var works = WorkTable()
  /// Waits until it is asked how far that is.
  var progressTimer: TimerID?
  /// Waits until a machine that stands still is asked whether its memory is dumped.
  var dumpTimer: TimerID?
  var dumpLook = Backoff()
  /// Whether the last introduction told another state than was known.
  var stateDifferences = 0
  /// The channel to its guest's agent.
  var agent: AgentChannel?
  /// Where an administrator said that the agent is.
  var agentPath: String?
  /// Monitors that stand by.
  var spares: [MonitorID] = []
  /// Whether an administrator asked for it.
  var isRequested: Bool
  /// Waits for the end of the process after the monitor closed, or for the kernel's word on how it ended.
  var graceTimer: TimerID?
  /// Waits until it is forgotten, and since when it is due to be.
  var forgetTimer: TimerID?
  var restsSince: MonotonicTime?
  /// Waits for the end of a flood.
  var floodTimer: TimerID?
  /// Waits until a state that QEMU passes through is asked for again.
  var passingTimer: TimerID?
  var passing = Backoff(first: .milliseconds(100), limit: .seconds(5))

  init(
    _ subject: Subject, identity: VMIdentity, state: VMState, isRequested: Bool, limits: QEMULimits, now: MonotonicTime
  ) {
    self.subject = subject
    self.identity = identity
    self.state = RunState(state)
    self.isRequested = isRequested
    rate = RateGuard(limits: RateLimits(burst: limits.eventBurst, perSecond: limits.eventsPerSecond), now: now)
  }

  /// Whether its process is gone.
  var isStopped: Bool { state.state == .stopped }
  /// Whether QEMU said that it will end, and nothing since that it goes on.
  var isEnding: Bool { state.announced == .shutdown }
  /// Whether it is not decided yet what became of it after its monitor closed, or its process ended.
  var isDeciding: Bool { graceTimer != nil || inquiry.isOpen }
  /// Whether there is neither a monitor nor a process by which more could become known.
  var isOutOfReach: Bool { monitor == nil && process == nil }
}

/// What is asked of the host's service manager about the end of a machine's process.
enum UnitInquiry: Hashable {
  /// Nothing, until now.
  case unasked
  /// It has been asked, with that number.
  case asked(UInt64)
  /// It has answered, or will not.
  case answered(UnitEnd?)

  /// Whether an answer is to come.
  var isOpen: Bool { if case .asked = self { true } else { false } }
}
