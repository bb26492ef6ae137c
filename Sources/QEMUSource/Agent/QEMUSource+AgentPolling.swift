// SPDX-License-Identifier: Apache-2.0
// The conversation with an agent: synchronize, ask, compare, tell.

import EventLoop
import EventModel
import JSONText

extension QEMUSource {
  /// Begins a conversation anew.
  func beginConversation(_ channel: AgentChannel, _ link: AgentLink, now: MonotonicTime) {
    beginAnew(channel, link, now: now)
    settle(channel, now: now)
  }

  private func beginAnew(_ channel: AgentChannel, _ link: AgentLink, now: MonotonicTime) {
    channel.nextSynchronization = nil
    channel.mustSynchronize = channel.isAsleep
    // A guest that stands still answers nothing; it is asked when it goes on.
    guard !channel.isAsleep else { return link.session.reset() }
    if let abandoned = link.session.question { channel.schedule?.again(abandoned, now: now) }
    // What an agent that is away has not taken yet is void, and must not pile up.
    link.writes.removeAll()
    link.session.synchronize(id: generator.next() & 0x7FFF_FFFF, now: now)
    if channel.state == .unknown { enter(.disconnected, channel, data: [:]) }
  }

  /// The agent answers.
  func synchronized(_ channel: AgentChannel, _ link: AgentLink, now: MonotonicTime) {
    channel.backoff.reset()
    channel.mayBeClosed = false
    answeredSomething(channel, now: now)
    // One that was gone may be another one now, of a guest that began anew.
    if channel.schedule == nil || channel.state == .disconnected {
      channel.schedule = AgentSchedule(
        intervals: options.agents.intervals, asksForUsers: options.agents.asksForUsers, now: now)
    }
    // A new agent says its version first, unless it is asked nothing; one that was only slow is connected again.
    if channel.state == .unresponsive || channel.schedule?.deadline == nil { becameConnected(channel) }
  }

  /// Asks what is due.
  func poll(_ channel: AgentChannel, _ link: AgentLink, now: MonotonicTime) {
    guard !channel.isAsleep else { return }
    if channel.mustSynchronize { return beginAnew(channel, link, now: now) }
    guard link.session.isReady, let command = channel.schedule?.next(now: now, using: &generator) else { return }
    link.asked = .now()
    link.askedAt = now
    link.session.ask(command, now: now)
  }

  /// Takes an answer.
  func answered(
    _ command: AgentCommand, _ answer: JSONValue, _ channel: AgentChannel, _ link: AgentLink, now: MonotonicTime
  ) {
    answeredSomething(channel, now: now)
    // The guest looked at its clock about half way between question and answer.
    let middle = Timestamp(microseconds: (link.asked.microseconds + Timestamp.now().microseconds) / 2)
    let news = channel.facts.take(answer, to: command, clock: middle, thresholds: options.agents.thresholds)
    if news != .unfit { channel.told(command, at: .now()) }
    if command == .info { channel.schedule?.allow(channel.facts.commands) }
    if channel.state != .connected { becameConnected(channel) }
    guard case .changes(let changes) = news else {
      return report("an answer to \(command.rawValue) of another form than documented", channel, link, now: now)
    }
    channel.schedule?.isFrozen = channel.facts.isFrozen ?? false
    tell(changes, channel)
  }

  /// Takes a refusal; what the agent will never answer is not asked again.
  func refused(_ command: AgentCommand, _ failure: AgentFailure, _ channel: AgentChannel, now: MonotonicTime) {
    answeredSomething(channel, now: now)
    if failure.isFinal { channel.schedule?.drop(command) }
    if channel.state != .connected { becameConnected(channel) }
  }

  /// The agent kept silent: it is tried again after a while, and at once when the guest opens a port.
  func silent(_ command: AgentCommand?, _ channel: AgentChannel, now: MonotonicTime) {
    // A guest that stands still is no news.
    guard !channel.isAsleep else { return channel.mustSynchronize = true }
    channel.nextSynchronization = now + channel.backoff.next(using: &generator)
    guard channel.state == .connected || channel.state == .unresponsive else { return }
    if channel.mayBeClosed { return enter(.disconnected, channel, data: [:]) }
    guard channel.state == .connected else { return }
    let silence = channel.lastAnswer.map { (now - $0).seconds } ?? 0
    let question = command?.rawValue ?? AgentCommand.synchronizationName
    if let source = channel.source {
      update(
        source,
        [
          .state: "degraded", .lastError: .string("no answer to \(question)"),
          .lastErrorTime: .uint(Timestamp.now().unsigned),
        ])
    }
    enter(.unresponsive, channel, data: ["command": .string(question), "seconds": .double(silence)])
  }

  /// A port of the machine was opened or closed: it may be the agent's.
  ///
  /// It is a level, not an edge (QEMU drops what changes back within a second), so the agent is asked what is true, and a question
  /// that is under way is not waited for: it may have gone to an agent that is no more.
  func portChanged(_ machine: Machine, isOpen: Bool, now: MonotonicTime) {
    guard let channel = machine.agent, channel.link != nil else { return }
    channel.backoff.reset()
    channel.mayBeClosed = !isOpen
    channel.mustSynchronize = true
    settle(channel, now: now)
  }

  /// The machine is in another state: an agent that had to wait for that is asked what is due.
  func agentMayAnswer(_ machine: Machine, now: MonotonicTime) {
    guard let channel = machine.agent, !channel.isAsleep else { return }
    settle(channel, now: now)
  }

  private func answeredSomething(_ channel: AgentChannel, now: MonotonicTime) {
    channel.lastAnswer = now
    if let machine = channel.machine { update(machine.subject, [.guestUpdated: .uint(Timestamp.now().unsigned)]) }
  }

  private func becameConnected(_ channel: AgentChannel) {
    if let source = channel.source {
      var changes: PropertyChanges = [.state: "up"]
      if channel.wasUp { changes[.reconnects] = raised(.reconnects, of: source) }
      update(source, changes)
    }
    channel.wasUp = true
    var data = Fields()
    if let version = channel.facts.version { data["version"] = .string(version) }
    enter(.connected, channel, data: data)
  }

  /// Tells another state of an agent.
  ///
  /// That one was never heard of is no event.
  func enter(_ state: AgentChannel.State, _ channel: AgentChannel, data: Fields) {
    let previous = channel.state
    channel.state = state
    guard state != previous, let machine = channel.machine, let source = channel.source else { return }
    let changes: PropertyChanges = [.agentState: .string(state.rawValue)]
    let kind: EventKind
    switch state {
    case .connected: kind = .vmAgentConnected
    case .unresponsive: kind = .vmAgentUnresponsive
    case .disconnected where previous != .unknown: kind = .vmAgentDisconnected
    case .disconnected, .unknown: return update(machine.subject, changes)
    }
    publish(EventDraft(kind, subject: machine.subject, source: source, data: data, changes: changes))
  }

  private func tell(_ changes: [Difference], _ channel: AgentChannel) {
    guard let machine = channel.machine, let source = channel.source else { return }
    var properties = channel.facts.properties
    properties[.guestTimes] = .map(channel.times)
    for change in changes {
      var draft = EventDraft(change.grade, subject: machine.subject, source: source, data: change.data)
      draft.changes = properties
      admit(draft, of: machine, now: .now())
    }
    if changes.isEmpty { update(machine.subject, properties) }
  }
}
