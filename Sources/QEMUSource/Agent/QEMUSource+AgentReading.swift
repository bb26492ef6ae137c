// SPDX-License-Identifier: Apache-2.0
// From a readable channel to answers. The other end is a guest: whatever it sends costs a bounded amount.

import EventLoop
import EventModel
import JSONText

extension QEMUSource {
  /// Begins to read a new connection.
  func attach(_ link: AgentLink, to channel: AgentChannel) {
    channel.link = link
    let id = channel.id
    link.handle = loop.addHandle(link.descriptor.rawValue, events: .readable) { [self] _, _, events in
      assumeIsolated { $0.agentReady(id, events) }
    }
    if channel.machine != nil { beginConversation(channel, link, now: .now()) }
  }

  private func agentReady(_ id: AgentID, _ events: HandleEvents) {
    guard let channel = agents[id], let link = channel.link else { return }
    if events.contains(.writable) { link.writes.write(to: link.descriptor.rawValue) }
    let now = MonotonicTime.now()
    switch readBuffer.read(link.descriptor.rawValue) {
    case .bytes(let count):
      take(count, from: channel, link, now: now)
      guard channel.link === link else { return }
      account(count, channel, link, now: now)
    case .nothing: break
    case .end: return agentLost(channel, "closed")
    case .failed(let error): return agentLost(channel, error.description)
    }
    settle(channel, now: now)
  }

  /// Stops reading a guest that sends too much: then it waits, and nobody else does.
  private func account(_ count: Int, _ channel: AgentChannel, _ link: AgentLink, now: MonotonicTime) {
    let limits = options.agents.limits
    if now - link.windowBegin >= limits.window {
      link.windowBegin = now
      link.windowBytes = 0
    }
    link.windowBytes += count
    guard link.windowBytes > limits.bytesPerWindow, link.pausedUntil == nil else { return }
    link.pausedUntil = link.windowBegin + limits.window
    report("more than \(limits.bytesPerWindow) bytes at once; it is not read for a while", channel, link, now: now)
  }

  private func take(_ count: Int, from channel: AgentChannel, _ link: AgentLink, now: MonotonicTime) {
    let fits = eachLine(of: count, from: link, while: channel.link === link) { line in
      take(line, from: channel, link, now: now)
    }
    if !fits { agentLost(channel, "a line is longer than \(link.scanner.limit) bytes") }
  }

  private func take(_ line: Span<UInt8>, from channel: AgentChannel, _ link: AgentLink, now: MonotonicTime) {
    guard let range = link.session.text(of: line) else { return }
    let value: JSONValue?
    do throws(JSONError) {
      value = try agentParser.parse(line.extracting(range))
    } catch {
      value = nil
    }
    perform(link.session.receive(value), channel, link, now: now)
  }

  func perform(_ action: AgentSession.Action, _ channel: AgentChannel, _ link: AgentLink, now: MonotonicTime) {
    switch action {
    case .none: break
    case .synchronized: synchronized(channel, link, now: now)
    case .answered(let command, let answer):
      statistics.observe(command, took: now - link.askedAt)
      switch answer {
      case .success(let answer): answered(command, answer, channel, link, now: now)
      case .failure(let failure): refused(command, failure, channel, now: now)
      }
    case .silent(let command):
      // A guest that stands still cannot answer.
      if !channel.isAsleep { statistics.countTimeout(command) }
      silent(command, channel, now: now)
    case .garbled(let what):
      report(what, channel, link, now: now)
      beginConversation(channel, link, now: now)
    case .flooded: agentLost(channel, "it sends without end")
    }
  }

  /// Sends what is to be sent, and sets the timer to what comes next.
  func settle(_ channel: AgentChannel, now: MonotonicTime) {
    guard let link = channel.link else { return }
    poll(channel, link, now: now)
    if !link.session.output.isEmpty { link.writes.append(link.session.takeOutput()) }
    if !link.writes.isEmpty { link.writes.write(to: link.descriptor.rawValue) }
    if let handle = link.handle { loop.updateHandle(handle, events: link.interest) }
    var deadline = link.session.deadline
    if link.session.isReady { deadline = channel.isAsleep ? nil : channel.schedule?.deadline }
    if link.session.isIdle { deadline = channel.isAsleep ? nil : channel.nextSynchronization }
    if let paused = link.pausedUntil { deadline = min(deadline ?? paused, paused) }
    let id = channel.id
    setTimer(of: link, to: deadline, now: now) { interval in
      loop.addTimeout(interval) { [self] _ in assumeIsolated { $0.agentDue(id) } }
    }
  }

  private func agentDue(_ id: AgentID) {
    guard let channel = agents[id], let link = channel.link else { return }
    let now = MonotonicTime.now()
    link.timerDeadline = nil
    if let paused = link.pausedUntil, now >= paused {
      link.pausedUntil = nil
      link.windowBytes = 0
      link.windowBegin = now
    }
    perform(link.session.expire(now: now), channel, link, now: now)
    if channel.link === link, link.session.isIdle, let due = channel.nextSynchronization, now >= due {
      beginConversation(channel, link, now: now)
    }
    settle(channel, now: now)
  }

  /// Says that an agent sent something that cannot be used.
  func report(_ what: String, _ channel: AgentChannel, _ link: AgentLink, now: MonotonicTime) {
    guard let source = channel.source else { return }
    let changes: PropertyChanges = [
      .lastError: .string(what), .lastErrorTime: .uint(Timestamp.now().unsigned),
      .overruns: raised(.overruns, of: source),
    ]
    guard link.reports.admit(.sourceRejected, now: now) == .pass else { return update(source, changes) }
    publish(
      EventDraft(.sourceRejected, subject: source, source: source, data: ["error": .string(what)], changes: changes))
  }
}
