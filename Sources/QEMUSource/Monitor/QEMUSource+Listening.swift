// SPDX-License-Identifier: Apache-2.0
// The socket that QEMUs dial.

import EventLoop
import EventModel

/// A socket that QEMUs dial.
final class Listener {
  /// What they dial it with.
  enum Purpose: String {
    case monitors = "qmp-socket"
    case agents = "agent-socket"
  }

  let path: String
  let purpose: Purpose
  let source: Subject
  var descriptor: OwnedDescriptor?
  var handle: HandleID?
  var retryTimer: TimerID?
  var backoff = Backoff(first: .seconds(1), limit: .seconds(30))
  /// Keeps reports about strangers rare.
  var reports: RateGuard

  init(path: String, purpose: Purpose, source: Subject) {
    self.path = path
    self.purpose = purpose
    self.source = source
    reports = RateGuard(limits: RateLimits(burst: 8, perSecond: 1), now: .now())
  }
}

extension QEMUSource {
  /// How many clients are taken before others get their turn.
  private static let acceptsPerTurn = 64

  private func listener(for purpose: Listener.Purpose) -> Listener? {
    switch purpose {
    case .monitors: listener
    case .agents: agentListener
    }
  }

  private func set(_ new: Listener?, for purpose: Listener.Purpose) {
    switch purpose {
    case .monitors: listener = new
    case .agents: agentListener = new
    }
  }

  /// Begins to listen; what fails is said and tried again.
  func listen(at path: String, for purpose: Listener.Purpose) {
    let listener =
      listener(for: purpose)
      ?? Listener(
        path: path, purpose: purpose,
        source: addSource(purpose.rawValue, kind: purpose == .agents ? "agent" : "qmp", state: "connecting"))
    set(listener, for: purpose)
    cancel(&listener.retryTimer)
    do throws(SystemError) {
      let socket = try UnixSocket.listen(at: path, mode: options.socketMode)
      listener.handle = loop.addHandle(socket.rawValue, events: .readable) { [self] _, _, _ in
        assumeIsolated { $0.acceptClients(for: purpose) }
      }
      listener.descriptor = consume socket
      listener.backoff.reset()
      publish(EventDraft(.sourceUp, subject: listener.source, source: listener.source, changes: [.state: "up"]))
    } catch {
      say(.sourceDown, listener, "\(path): \(error)", state: "down")
      listener.retryTimer = after(listener.backoff.next(using: &generator)) { $0.listen(at: path, for: purpose) }
    }
  }

  /// Ends listening and takes the socket away.
  func stopListening(for purpose: Listener.Purpose) {
    guard let listener = listener(for: purpose) else { return }
    set(nil, for: purpose)
    cancel(&listener.retryTimer)
    if let handle = listener.handle { loop.removeHandle(handle) }
    if listener.handle != nil { UnixSocket.unlink(listener.path) }
  }

  private func acceptClients(for purpose: Listener.Purpose) {
    guard let listener = listener(for: purpose), let number = listener.descriptor?.rawValue else { return }
    for _ in 0..<Self.acceptsPerTurn {
      switch UnixSocket.accept(from: number) {
      case .client(let socket): welcome(socket, for: purpose)
      case .nobody: return
      case .failed(let error): return pauseAccepting(listener, error)
      }
    }
  }

  /// Nobody can be taken in now (no descriptors are left): waits a second rather than ask the kernel again and again.
  private func pauseAccepting(_ listener: Listener, _ error: SystemError) {
    guard let handle = listener.handle, listener.retryTimer == nil else { return }
    say(.sourceDegraded, listener, "clients cannot be accepted: \(error)", state: "degraded")
    loop.updateHandle(handle, events: [])
    let purpose = listener.purpose
    listener.retryTimer = after(.seconds(1)) { source in
      guard let listener = source.listener(for: purpose), let handle = listener.handle else { return }
      listener.retryTimer = nil
      source.update(listener.source, [.state: "up"])
      source.loop.updateHandle(handle, events: .readable)
    }
  }

  private func welcome(_ socket: consuming OwnedDescriptor, for purpose: Listener.Purpose) {
    guard let credentials = UnixSocket.credentials(of: socket.rawValue) else { return }
    guard strangers < options.limits.strangers,
      strangersOfUser[credentials.user, default: 0] < options.limits.strangersPerUser
    else { return strangerLeft("too many connections of user \(credentials.user) have not greeted") }
    if purpose == .agents { return welcomeAgent(socket, credentials) }
    let now = MonotonicTime.now()
    let monitor = addMonitor(.dialled)
    countStranger(credentials.user, 1)
    attach(MonitorLink(socket, credentials: credentials, limits: options.limits, now: now), to: monitor)
  }

  /// Counts connections that have not shown whose monitor they are.
  func countStranger(_ user: UInt32, _ change: Int) {
    strangers += change
    let count = strangersOfUser[user, default: 0] + change
    strangersOfUser[user] = count == 0 ? nil : count
  }

  /// A client came and went without ever being a machine's monitor.
  func strangerLeft(_ why: String) {
    guard let listener, listener.reports.admit(.sourceRejected, now: .now()) == .pass else { return }
    say(.sourceRejected, listener, "a client was turned away: \(why)", state: nil)
  }

  private func say(_ kind: EventKind, _ listener: Listener, _ why: String, state: String?) {
    var changes: PropertyChanges = [.lastError: .string(why), .lastErrorTime: .uint(Timestamp.now().unsigned)]
    if let state { changes[.state] = .string(state) }
    publish(
      EventDraft(
        kind, subject: listener.source, source: listener.source, data: ["error": .string(why)], changes: changes))
  }
}
