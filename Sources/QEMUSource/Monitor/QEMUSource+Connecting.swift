// SPDX-License-Identifier: Apache-2.0
// Monitors that the hub dials: connect, wait, try again; and the end of every connection.

import EventLoop
import EventModel

extension QEMUSource {
  /// Dials a monitor.
  func connect(_ monitor: Monitor) {
    guard monitor.link == nil, let path = monitor.way.path else { return }
    cancel(&monitor.retryTimer)
    let now = MonotonicTime.now()
    do throws(SystemError) {
      let socket = try UnixSocket.connect(to: path)
      let credentials = UnixSocket.credentials(of: socket.rawValue) ?? .init(process: 0, user: 0)
      let link = MonitorLink(socket, credentials: credentials, limits: options.limits, now: now)
      if let source = monitor.source, !monitor.isDownTold, !monitor.isBusy {
        update(source, [.state: "connecting"])
      }
      if let machine = monitor.machine { update(machine.subject, [.monitorState: "negotiating"]) }
      attach(link, to: monitor)
    } catch {
      // A full queue means that others wait already for the one client that is served.
      if error == .tryAgain { return foundBusy(monitor) }
      unreachable(monitor, error, now: now)
    }
  }

  private func unreachable(_ monitor: Monitor, _ error: SystemError, now: MonotonicTime) {
    // Nothing is said before it is decided whether the machine has ended.
    if monitor.machine?.isDeciding ?? false { return retry(monitor) }
    if case .directory = monitor.way, error == .noSuchFile { return vanished(monitor) }
    retry(monitor)
    if let machine = monitor.machine, monitor.isServing {
      // Of a machine that stopped nothing else is to be expected.
      if machine.isStopped { return }
      monitorUnreachable(machine, nobodyListens: error == .connectionRefused || error == .noSuchFile)
    }
    // QEMU binds its socket before it listens: one refusal is no news.
    guard monitor.backoff.attempts > 1 || error != .connectionRefused else { return }
    reportDown(monitor, "\(monitor.way.path ?? ""): \(error)", now: now)
  }

  /// Tries a monitor again after a while.
  func retry(_ monitor: Monitor) {
    guard monitor.way.path != nil, monitor.retryTimer == nil, monitors[monitor.id] != nil else { return }
    let id = monitor.id
    monitor.retryTimer = after(monitor.backoff.next(using: &generator)) { source in
      guard let monitor = source.monitors[id] else { return }
      monitor.retryTimer = nil
      source.connect(monitor)
    }
  }

  /// The monitor is there, but serves somebody else.
  func foundBusy(_ monitor: Monitor) {
    // A stranger who dials and says nothing serves nobody at all.
    guard monitor.way != .dialled || monitor.source != nil else { return lost(monitor, "no greeting") }
    let source = monitor.source
    close(monitor)
    if let source, !monitor.isBusy {
      monitor.isBusy = true
      let why = "connected, but no greeting came: another client holds it"
      publish(
        EventDraft(
          .sourceBusy, subject: source, source: source, data: ["error": .string(why)],
          changes: [.state: "busy", .lastError: .string(why), .lastErrorTime: .uint(Timestamp.now().unsigned)]))
    }
    if let machine = monitor.machine, monitor.isServing {
      update(machine.subject, [.monitorState: "busy"])
      monitorUnreachable(machine, nobodyListens: false)
    }
    retry(monitor)
  }

  /// A connection ended.
  func lost(_ monitor: Monitor, _ why: String) {
    guard let link = monitor.link else { return }
    let introduction = link.introduction
    let seen = link.lastLine
    close(monitor)
    guard let machine = monitor.machine, monitor.isServing else {
      return dismiss(monitor, why, isStranger: introduction != nil)
    }
    // Who was being introduced again has not been seen since it was lost before.
    if introduction == nil, machine.blindSince == nil { machine.blindSince = seen }
    if monitor.wasUp, monitor.downSince == nil { monitor.downSince = .now() }
    if let source = monitor.source {
      update(source, [.lastError: .string(why), .lastErrorTime: .uint(Timestamp.now().unsigned)])
    }
    monitorClosed(machine, monitor, why)
    if monitors[monitor.id] != nil, !machine.isStopped { retry(monitor) }
  }

  /// Ends what is known of a connection that served no machine.
  private func dismiss(_ monitor: Monitor, _ why: String, isStranger: Bool) {
    switch monitor.way {
    case .dialled:
      if isStranger { strangerLeft(why) }
      forget(monitor)
    case .directory, .requested:
      reportDown(monitor, why, now: .now())
      retry(monitor)
    }
  }

  /// Closes a connection, if there is one; the monitor stays.
  func close(_ monitor: Monitor) {
    cancel(&monitor.retryTimer)
    guard let link = monitor.link else { return }
    monitor.link = nil
    detach(link)
    if monitor.way == .dialled, link.introduction != nil { countStranger(link.credentials.user, -1) }
    resyncEnded(monitor)
  }

  /// Forgets a monitor and its object.
  func forget(_ monitor: Monitor) {
    close(monitor)
    monitors[monitor.id] = nil
    if let path = monitor.way.path { monitorOfPath[path] = nil }
    if monitor.machine?.monitor === monitor { monitor.machine?.monitor = nil }
    if let source = monitor.source { removeObject(source) }
  }
}
