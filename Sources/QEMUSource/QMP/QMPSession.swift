// SPDX-License-Identifier: Apache-2.0
// One connection to a monitor, as a machine without I/O: lines in, actions and bytes out.
//
// QEMU greets, we negotiate, then commands and replies cross with events. What other clients got wrong is settled here: an event
// may come at any moment, before the greeting and between a command and its reply; replies are told apart by their ID alone; a
// reply whose ID is not ours, or came too late, is counted and dropped; an error without ID belongs to nobody. QEMU takes at most
// eight commands at once when its monitor has a thread of its own, so no more than that are ever under way. A monitor serves one
// client: a connection that gets no greeting waits behind another client.
//
// A QEMU that is about to end must be left alone: a command that its monitor's thread receives while the main thread takes the
// monitors down makes QEMU 7.2 wait for ever for a dispatcher that is gone (monitor_cleanup; seen once in twenty ends with eight
// commands under way). So `hold` keeps commands back, and the source asks one thing at a time.

package import JSONText

/// One connection to a monitor.
package struct QMPSession: Sendable {
  /// How long things may take.
  package struct Limits: Hashable, Sendable {
    /// From the connection to the greeting.
    package var greeting: Duration
    /// From a command to its reply.
    package var reply: Duration
    /// How many commands may be under way.
    package var inFlight: Int
    /// How many commands may wait for their turn.
    package var queued: Int

    /// The limits, by default 5 s for the greeting and 30 s for a reply; QEMU allows eight commands under way.
    package init(
      greeting: Duration = .seconds(5), reply: Duration = .seconds(30), inFlight: Int = 8,
      queued: Int = 64
    ) {
      self.greeting = greeting
      self.reply = reply
      self.inFlight = inFlight
      self.queued = queued
    }
  }

  /// How far the connection is.
  package enum Phase: Hashable, Sendable {
    /// The greeting has not come.
    case waiting
    /// The greeting has come, the negotiation is under way.
    case negotiating
    /// Commands and events may flow.
    case ready
  }

  /// What is to be done about a line or the passing of time.
  package enum Action: Sendable {
    /// Nothing.
    case none
    /// The monitor is ready; that is what it said of itself.
    case ready(QMPGreeting)
    /// Something happened.
    case event(QMPEvent)
    /// A command was answered.
    case answered(QMPCommand, Result<JSONValue, QMPFailure>)
    /// A command was not answered in time.
    case timedOut(QMPCommand)
    /// The greeting did not come in time: another client holds the monitor.
    case busy
    /// QEMU would not negotiate.
    case refused(QMPFailure)
    /// A reply that belongs to no command under way; it is counted.
    case unasked(Unasked)
  }

  /// Why a reply belongs to no command.
  package enum Unasked: Hashable, Sendable {
    /// Its command was given up before.
    case late
    /// Nobody asked with that ID.
    case unknownID
    /// An error without ID, with what it says.
    case anonymous(QMPFailure)
    /// A reply without ID.
    case withoutID
    /// Another greeting.
    case greeting
  }

  private struct Pending: Sendable {
    var id: UInt64
    var command: QMPCommand
    var deadline: MonotonicTime
  }

  /// How far the connection is.
  package private(set) var phase: Phase = .waiting
  /// Bytes to be written, in order.
  package private(set) var output: [UInt8] = []
  /// How many replies belonged to no command under way.
  package private(set) var unasked: UInt64 = 0
  private let limits: Limits
  private var greetingDeadline: MonotonicTime
  private var greeting: QMPGreeting?
  private var pending: [Pending] = []
  private var queue: [QMPCommand] = []
  private var nextID: UInt64 = 1
  private var isHeld = false

  /// A connection that was just made.
  package init(limits: Limits = Limits(), now: MonotonicTime) {
    self.limits = limits
    greetingDeadline = now + limits.greeting
  }

  /// Whether commands are under way or wait.
  package var isAsking: Bool { !pending.isEmpty || !queue.isEmpty }

  /// How many commands are under way.
  package var inFlight: Int { pending.count }

  /// The next moment at which `expire` has something to do; `nil` when there is none: an idle connection needs no timer.
  package var deadline: MonotonicTime? {
    if phase == .waiting { return greetingDeadline }
    return pending.first?.deadline
  }

  /// Takes the bytes that are to be written.
  package mutating func takeOutput() -> [UInt8] {
    var taken: [UInt8] = []
    swap(&taken, &output)
    return taken
  }

  /// Asks for a command to be sent, now or when its turn comes.
  ///
  /// A command that is waiting already is not queued twice.
  ///
  /// - Returns: whether it was taken; not when too many wait.
  @discardableResult
  package mutating func send(_ command: QMPCommand, now: MonotonicTime) -> Bool {
    if queue.contains(command) { return true }
    guard queue.count < limits.queued else { return false }
    queue.append(command)
    advance(now: now)
    return true
  }

  /// Keeps commands back from a QEMU that is about to end, or lets them go again.
  package mutating func hold(_ isHeld: Bool, now: MonotonicTime) {
    self.isHeld = isHeld
    advance(now: now)
  }

  /// Takes a line in.
  package mutating func receive(_ message: QMPMessage, now: MonotonicTime) -> Action {
    switch message {
    case .event(let event): return .event(event)
    case .greeting(let greeting):
      guard phase == .waiting else { return note(.greeting) }
      phase = .negotiating
      self.greeting = greeting
      transmit(.negotiate, now: now)
      return .none
    case .reply(let id, let result):
      guard let id else {
        if case .failure(let failure) = result { return note(.anonymous(failure)) }
        return note(.withoutID)
      }
      guard let place = pending.firstIndex(where: { $0.id == id }) else {
        return note(id < nextID && id > 0 ? .late : .unknownID)
      }
      let command = pending.remove(at: place).command
      if command == .negotiate { return finishNegotiation(result, now: now) }
      advance(now: now)
      return .answered(command, result)
    }
  }

  /// Takes in that time has passed: one action at a time, until `.none`.
  package mutating func expire(now: MonotonicTime) -> Action {
    if phase == .waiting, now >= greetingDeadline { return .busy }
    guard let oldest = pending.first, now >= oldest.deadline else { return .none }
    pending.removeFirst()
    advance(now: now)
    return .timedOut(oldest.command)
  }

  private mutating func finishNegotiation(
    _ result: Result<JSONValue, QMPFailure>, now: MonotonicTime
  ) -> Action {
    switch result {
    case .failure(let failure): return .refused(failure)
    case .success:
      phase = .ready
      advance(now: now)
      return greeting.map(Action.ready) ?? .none
    }
  }

  private mutating func note(_ kind: Unasked) -> Action {
    unasked += 1
    return .unasked(kind)
  }

  private mutating func advance(now: MonotonicTime) {
    guard phase == .ready, !isHeld else { return }
    while pending.count < limits.inFlight, !queue.isEmpty {
      transmit(queue.removeFirst(), now: now)
    }
  }

  private mutating func transmit(_ command: QMPCommand, now: MonotonicTime) {
    pending.append(Pending(id: nextID, command: command, deadline: now + limits.reply))
    output.append(contentsOf: command.line(id: nextID))
    nextID += 1
  }
}
