// SPDX-License-Identifier: Apache-2.0
// What is told to a datagram socket.

import Synchronization

/// A datagram socket of the test's that keeps what it is told: it plays the journal, or the service manager.
public final class DatagramRecorder: Sendable {
  /// What was told, an element a datagram.
  public let messages = Recorder<String>()
  private let descriptor: Descriptor
  private let token: Mutex<Reactor.Token?> = Mutex(nil)

  /// Listens at a path.
  ///
  /// - Parameters:
  ///   - path: where the socket is made.
  ///   - text: what is kept of a datagram.
  /// - Throws: when the socket cannot be made.
  public init(at path: String, keeping text: @escaping @Sendable (String) -> String = { $0 }) throws {
    let descriptor = try UnixSocket.datagram(at: path)
    self.descriptor = descriptor
    let messages = messages
    let token = try Reactor.shared.watch(descriptor, for: .readable) { _ in
      while case .bytes(let bytes) = descriptor.read() { messages.append(text(String(decoding: bytes, as: UTF8.self))) }
    }
    self.token.withLock { $0 = token }
  }

  deinit {
    if let token = token.withLock({ $0 }) { Reactor.shared.unwatch(token) }
  }

  /// Plays the journal: keeps the message of each entry.
  static func journal(at path: String) throws -> DatagramRecorder {
    try DatagramRecorder(at: path) { entry in
      let fields = entry.split(separator: "\n")
      return fields.first { $0.hasPrefix("MESSAGE=") }.map(String.init) ?? fields.joined(separator: " ")
    }
  }
}
