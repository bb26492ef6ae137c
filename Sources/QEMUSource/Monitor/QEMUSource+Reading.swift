// SPDX-License-Identifier: Apache-2.0
// From a readable descriptor to messages.

import EventLoop
import EventModel
import JSONText

extension QEMUSource {
  /// How many times the buffer is filled from one monitor before others get their turn.
  private static let readsPerTurn = 8

  /// Begins to watch a new connection.
  func attach(_ link: MonitorLink, to monitor: Monitor) {
    monitor.link = link
    let id = monitor.id
    link.handle = loop.addHandle(link.descriptor.rawValue, events: .readable) { [self] _, _, events in
      assumeIsolated { $0.ready(id, events) }
    }
    settle(monitor, now: .now())
  }

  /// Something can be read or written, or the other side is gone.
  ///
  /// Everything that came is taken before the end is believed: QEMU's last words are in the same wake-up as its end.
  private func ready(_ id: MonitorID, _ events: HandleEvents) {
    guard let monitor = monitors[id], let link = monitor.link else { return }
    if events.contains(.writable) { link.writes.write(to: link.descriptor.rawValue) }
    let now = MonotonicTime.now()
    for _ in 0..<Self.readsPerTurn {
      switch readBuffer.read(link.descriptor.rawValue) {
      case .bytes(let count):
        statistics.bytesRead &+= UInt64(count)
        take(count, from: monitor, link, now: now)
        // What was read may have ended the connection.
        guard monitor.link === link else { return }
        if count < readBuffer.bytes.count { return settle(monitor, now: now) }
      case .nothing: return settle(monitor, now: now)
      case .end: return lost(monitor, link.scanner.heldBytes > 0 ? "closed in the middle of a line" : "closed")
      case .failed(let error): return lost(monitor, error.description)
      }
    }
    settle(monitor, now: now)
  }

  private func take(_ count: Int, from monitor: Monitor, _ link: MonitorLink, now: MonotonicTime) {
    let fits = eachLine(of: count, from: link, while: monitor.link === link) { line in
      take(line, from: monitor, link, now: now)
    }
    if !fits { lost(monitor, "a line is longer than \(link.scanner.limit) bytes") }
  }

  private func take(_ line: Span<UInt8>, from monitor: Monitor, _ link: MonitorLink, now: MonotonicTime) {
    let message: QMPMessage
    do {
      message = try QMPMessage(parser.parse(line))
    } catch let error as JSONError {
      return refuse(line, error.description, from: monitor, link, now: now)
    } catch let error as QMPMessage.Refusal {
      return refuse(line, error.description, from: monitor, link, now: now)
    } catch {
      return
    }
    link.refusedLines = 0
    perform(link.session.receive(message, now: now), monitor, link, now: now)
  }

  /// Reports a line that cannot be used.
  ///
  /// One is survived; when nothing else comes, the connection is given up.
  private func refuse(
    _ line: Span<UInt8>, _ why: String, from monitor: Monitor, _ link: MonitorLink, now: MonotonicTime
  ) {
    link.refusedLines += 1
    report("a line was refused: \(why)", sample: line, from: monitor, link, now: now)
    if link.refusedLines >= options.limits.refusedLines {
      lost(monitor, "\(link.refusedLines) lines in a row are not QMP")
    }
  }

  /// Does what a session wants done.
  func perform(_ action: QMPSession.Action, _ monitor: Monitor, _ link: MonitorLink, now: MonotonicTime) {
    switch action {
    case .none: break
    case .event(let event): take(event, from: monitor, link, now: now)
    case .ready(let greeting): introduce(monitor, link, greeting, now: now)
    case .answered(let command, .success(let value)):
      statistics.count(command, .ok)
      answered(command, value, monitor, link, now: now)
    case .answered(let command, .failure):
      statistics.count(command, .error)
      answered(command, nil, monitor, link, now: now)
    case .timedOut(let command):
      statistics.count(command, .timeout)
      report("no answer to \(command.name)", from: monitor, link, now: now)
      // Whoever is slow to say who it is must not be taken for somebody else.
      if link.introduction != nil { return lost(monitor, "no answer to \(command.name)") }
      answered(command, nil, monitor, link, now: now)
    case .busy: foundBusy(monitor)
    case .refused(let failure): lost(monitor, "the negotiation was refused: \(failure.text)")
    case .unasked(let kind): report(kind.description, from: monitor, link, now: now)
    }
  }

  /// Sends what is to be sent, and sets the timer to the next thing that may come too late.
  func settle(_ monitor: Monitor, now: MonotonicTime) {
    guard let link = monitor.link else { return }
    if !link.session.output.isEmpty { link.writes.append(link.session.takeOutput()) }
    if !link.writes.isEmpty { link.writes.write(to: link.descriptor.rawValue) }
    if link.isWaitingToWrite == link.writes.isEmpty, let handle = link.handle {
      link.isWaitingToWrite = !link.writes.isEmpty
      loop.updateHandle(handle, events: link.isWaitingToWrite ? [.readable, .writable] : .readable)
    }
    let id = monitor.id
    setTimer(of: link, to: link.session.deadline, now: now) { interval in
      loop.addTimeout(interval) { [self] _ in assumeIsolated { $0.expire(id) } }
    }
  }

  private func expire(_ id: MonitorID) {
    guard let monitor = monitors[id], let link = monitor.link else { return }
    let now = MonotonicTime.now()
    while monitor.link === link {
      let action = link.session.expire(now: now)
      if case .none = action { break }
      perform(action, monitor, link, now: now)
    }
    link.timerDeadline = nil
    settle(monitor, now: now)
  }
}
