// SPDX-License-Identifier: Apache-2.0
// A socket that QEMUs dial: the place of the hub in the rigs' own tests.

import Synchronization

/// Listens at a path and serves every monitor that dials it.
public final class QMPListener: Sendable {
  /// The monitors that dialled, as they come; not negotiated yet.
  public let monitors = Recorder<QMPMonitor>()

  private let descriptor: Descriptor
  private let token = Mutex<Reactor.Token?>(nil)

  /// Begins to listen.
  public init(at path: String) throws {
    let descriptor = try UnixSocket.listen(at: path)
    self.descriptor = descriptor
    let monitors = monitors
    let token = try Reactor.shared.watch(descriptor, for: .readable) { _ in
      // A client that is gone before it was taken ends the round; what is left is ready again.
      while let client = try? UnixSocket.accept(from: descriptor), let monitor = try? QMPMonitor(client) {
        monitors.append(monitor)
      }
    }
    self.token.withLock { $0 = token }
  }

  deinit { stop() }

  /// Stops listening and hangs up on every monitor.
  public func stop() {
    if let token = token.withLock({ $0.take() }) { Reactor.shared.unwatch(token) }
    descriptor.close()
    for monitor in monitors.all { monitor.close() }
  }
}
