// SPDX-License-Identifier: Apache-2.0
// A bus client that obeys nobody's library.

import Foundation
import Synchronization

/// A client that writes the wire format by itself.
///
/// It does what libraries refuse or hide: it calls without an interface, sends what is malformed, stops reading, and
/// owns a name and sends signals without any daemon behind it. It is root, or whoever runs the tests.
///
/// Threading: every function from any thread.
public final class RawBusClient: Sendable {
  /// The messages that came, the replies to its own calls included.
  public let messages = Recorder<WireMessage>()
  /// Its name on the bus, `:1.7`.
  public let uniqueName: String

  private let core: Core

  /// Connects to the bus at a socket's path, authenticates, and says hello.
  public init(socketPath: String) async throws {
    core = try Core(try UnixSocket.connect(to: socketPath), messages: messages)
    try await core.authenticated.atLeast(1, "authentication")
    let hello = try await core.call("Hello", [], messages)
    uniqueName = hello.arguments.first ?? ""
  }

  deinit { close() }

  /// Takes a name; gives what the bus replied, a reply with 1 or an error.
  public func requestName(_ name: String) async throws -> WireMessage {
    try await core.call("RequestName", [.string(name), .uint32(0)], messages)
  }

  /// Gives a name back.
  public func releaseName(_ name: String) async throws -> WireMessage {
    try await core.call("ReleaseName", [.string(name)], messages)
  }

  /// Asks the bus for the messages that match a rule.
  public func addMatch(_ rule: String) async throws -> WireMessage {
    try await core.call("AddMatch", [.string(rule)], messages)
  }

  /// Sends a message and gives its serial.
  @discardableResult
  public func send(_ message: WireMessage) -> UInt32 { core.send(message) }

  /// Sends bytes as they are.
  public func send(bytes: [UInt8]) { core.send(bytes: bytes) }

  /// Sends a call and waits for its reply or error.
  public func call(
    _ destination: String, path: String, interface: String?, member: String, _ body: [WireValue] = [],
    within limit: Duration = Patience.standard
  ) async throws -> WireMessage {
    var message = WireMessage(.call, path: path, interface: interface, member: member, body: body)
    message.destination = destination
    let serial = send(message)
    return try await messages.first("the reply to \(member)", within: limit) { $0.replySerial == serial }
  }

  /// Answers every call from now on with an empty reply, as the owner of a name without any daemon behind it.
  public func answerCalls() { core.answerCalls() }

  /// Stops or goes on reading: the subscriber that stalls.
  public func setReading(_ isReading: Bool) { core.setReading(isReading) }

  /// Leaves the bus.
  public func close() { core.close() }
}

/// The connection of a raw client: authentication, framing, serials.
private final class Core: Sendable {
  let authenticated = Recorder<String>()

  private struct State {
    var connection: StreamConnection?
    var isAuthenticated = false
    var answersCalls = false
    var buffer: [UInt8] = []
    var serial: UInt32 = 0
  }

  private let state = Mutex(State())

  init(_ descriptor: Descriptor, messages: Recorder<WireMessage>) throws {
    let authenticated = authenticated
    let connection = StreamConnection(descriptor) { [weak self] _, bytes in
      self?.received(bytes, messages)
    } onEnd: { _ in
      authenticated.finish()
      messages.finish()
    }
    state.withLock { $0.connection = connection }
    try connection.start()
    let identity = String(getuid()).utf8.map { String($0, radix: 16) }.joined()
    connection.send(Array("\0AUTH EXTERNAL \(identity)\r\n".utf8))
  }

  @discardableResult
  func send(_ message: WireMessage) -> UInt32 {
    let (connection, serial) = state.withLock { state in
      state.serial += 1
      return (state.connection, state.serial)
    }
    connection?.send(message.encoded(serial: serial))
    return serial
  }

  func send(bytes: [UInt8]) { state.withLock { $0.connection }?.send(bytes) }

  func setReading(_ isReading: Bool) { state.withLock { $0.connection }?.setReading(isReading) }

  func answerCalls() { state.withLock { $0.answersCalls = true } }

  func close() { state.withLock { $0.connection }?.close() }

  func call(_ member: String, _ body: [WireValue], _ messages: Recorder<WireMessage>) async throws -> WireMessage {
    let bus = "org.freedesktop.DBus"
    var message = WireMessage(.call, path: "/org/freedesktop/DBus", interface: bus, member: member, body: body)
    message.destination = bus
    let serial = send(message)
    return try await messages.first("the reply to \(member)") { $0.replySerial == serial }
  }

  private func received(_ bytes: [UInt8], _ messages: Recorder<WireMessage>) {
    let (reply, found) = state.withLock { state -> (String?, [WireMessage]) in
      state.buffer += bytes
      guard state.isAuthenticated else { return (authenticate(&state), []) }
      return (nil, take(&state))
    }
    if let reply {
      state.withLock { $0.connection }?.send(Array("BEGIN\r\n".utf8))
      authenticated.append(reply)
    }
    if !found.isEmpty { messages.append(contentsOf: found) }
    guard state.withLock({ $0.answersCalls }) else { return }
    for call in found where call.kind == .call {
      var reply = WireMessage(.reply)
      reply.destination = call.sender
      reply.replySerial = call.serial
      send(reply)
    }
  }

  /// The server's `OK`, once it is whole.
  private func authenticate(_ state: inout State) -> String? {
    guard let end = state.buffer.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
    let line = String(decoding: state.buffer[..<end], as: UTF8.self)
    state.buffer.removeFirst(end + 1)
    guard line.hasPrefix("OK ") else { return nil }
    state.isAuthenticated = true
    return line
  }

  private func take(_ state: inout State) -> [WireMessage] {
    var found: [WireMessage] = []
    var start = 0
    while let length = WireMessage.length(at: state.buffer[start...]), start + length <= state.buffer.count {
      if let message = WireMessage(Array(state.buffer[start..<(start + length)])) { found.append(message) }
      start += length
    }
    state.buffer.removeFirst(start)
    return found
  }
}
