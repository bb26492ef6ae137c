// SPDX-License-Identifier: Apache-2.0
// The channel to one guest agent.

import EventLoop
import EventModel

/// A channel to an agent, by a number that is never used twice.
struct AgentID: Hashable, Sendable {
  let number: UInt64
}

/// The channel to one guest agent: the connection if there is one, what is asked, and what was told.
///
/// Threading: belongs to the source, on the loop.
final class AgentChannel {
  /// How the agent is doing, in the words of the machine's object.
  enum State: String {
    case unknown
    case disconnected
    case connected
    case unresponsive
  }

  let id: AgentID
  /// The socket to dial; `nil` when QEMU dialled.
  let path: String?
  var link: AgentLink?
  var machine: Machine?
  var source: Subject?
  var state: State = .unknown
  var facts = GuestFacts()
  /// When each was last told, by the name of the machine's property, in microseconds since the epoch.
  var times = Fields()
  var schedule: AgentSchedule?
  /// When the agent is to be synchronized again.
  var nextSynchronization: MonotonicTime?
  /// Whether it is to be synchronized as soon as the machine does not stand still.
  var mustSynchronize = false
  /// When it last answered.
  var lastAnswer: MonotonicTime?
  /// Whether the guest has closed a port since the agent last answered.
  var mayBeClosed = false
  /// Whether the agent ever answered on this channel.
  var wasUp = false
  var backoff: Backoff
  var retryTimer: TimerID?

  init(_ id: AgentID, path: String?, limits: AgentLimits) {
    self.id = id
    self.path = path
    backoff = Backoff(first: limits.firstRetry, limit: limits.lastRetry)
  }

  /// Whether the machine stands still, so that nobody in it can answer.
  var isAsleep: Bool {
    switch machine?.state.state {
    case nil, .running, .unknown: false
    default: true
    }
  }

  /// Remembers when what a command asks for was told.
  func told(_ command: AgentCommand, at time: Timestamp) {
    guard let property = command.property else { return }
    times[property.rawValue] = .uint(time.unsigned)
  }
}

/// One connection to an agent's channel.
final class AgentLink: SocketLink {
  var session: AgentSession
  /// What came in the window that began then.
  var windowBytes = 0
  var windowBegin: MonotonicTime
  /// Until when it is not read.
  var pausedUntil: MonotonicTime?
  /// Host time when the question under way was sent.
  var asked = Timestamp(microseconds: 0)
  /// The same moment by the clock that nobody sets.
  var askedAt: MonotonicTime
  /// Keeps reports rare.
  var reports: RateGuard

  init(
    _ descriptor: consuming OwnedDescriptor, credentials: UnixSocket.Credentials, limits: AgentLimits,
    now: MonotonicTime
  ) {
    session = AgentSession(limits: .init(synchronization: limits.synchronization, answer: limits.answer))
    windowBegin = now
    askedAt = now
    reports = RateGuard(limits: RateLimits(burst: 4, perSecond: 1), now: now)
    super.init(descriptor, credentials: credentials, lineBytes: limits.lineBytes)
  }

  /// What the handle waits for.
  var interest: HandleEvents {
    var events: HandleEvents = pausedUntil == nil ? .readable : []
    if !writes.isEmpty { events.insert(.writable) }
    return events
  }
}
