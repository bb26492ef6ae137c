// SPDX-License-Identifier: Apache-2.0
// A fake QEMU monitor, cheap enough to have thousands of.

import Foundation
import Synchronization

/// A command that a fake monitor received.
public struct QMPCommand: Sendable, CustomStringConvertible {
  /// Its name; empty for a line that is no command.
  public let name: String
  /// Its `id`, if it had one.
  public let id: TestJSON?
  /// Its arguments.
  public let arguments: TestJSON?
  /// The line itself.
  public let line: String

  /// The line.
  public var description: String { line }
}

/// A fake QEMU monitor: it dials or listens as QEMU does, greets, answers, sends events, and misbehaves on demand.
///
/// All peers of a process live on one thread, apart from the product's loop; one costs a socket and a few kilobytes,
/// so that a test can have 4,096. Like QEMU it serves one client at a time, and sends no event before
/// `qmp_capabilities`.
///
/// Threading: every function from any thread.
public final class QMPPeer: Sendable {
  /// How the peer and the component under test meet.
  public enum Link: Sendable {
    /// The peer dials a listening socket, and dials again after `redials` whenever it is not connected.
    case dials(String, redials: Duration? = .milliseconds(20))
    /// The peer listens.
    case listens(String)
  }

  /// The commands, as they come.
  public let commands = Recorder<QMPCommand>()
  /// Grows by one with each connection.
  public let connections = Recorder<Int>()
  /// Grows by one whenever a client has negotiated: events are sent from here on.
  public let negotiations = Recorder<Int>()
  /// Grows by one whenever a connection ends.
  public let ends = Recorder<Int>()

  struct State {
    var behaviour: QMPBehaviour
    var connection: StreamConnection?
    var isNegotiated = false
    var isStopped = false
    var listener: (descriptor: Descriptor, token: Reactor.Token)?
  }

  private let link: Link
  private let state: Mutex<State>

  /// Makes a peer; ``start()`` makes it dial or listen.
  public init(_ link: Link, _ behaviour: QMPBehaviour = QMPBehaviour()) {
    self.link = link
    state = Mutex(State(behaviour: behaviour))
  }

  deinit {
    let (connection, listener) = state.withLock { ($0.connection, $0.listener) }
    connection?.close()
    if let listener { Self.close(listener) }
  }

  /// Dials, or begins to listen.
  @discardableResult
  public func start() throws -> QMPPeer {
    state.withLock { $0.isStopped = false }
    switch link {
    case .dials: dial()
    case .listens(let path): try listen(at: path)
    }
    return self
  }

  /// Hangs up and neither dials nor listens any more: QEMU is gone.
  public func stop() {
    let (connection, listener) = state.withLock { state in
      state.isStopped = true
      defer { state.listener = nil }
      return (state.connection, state.listener)
    }
    if let listener { Self.close(listener) }
    connection?.close()
  }

  /// Hangs up, at once or when all that was sent has been taken; a peer that redials will be back.
  public func hangUp(afterWriting: Bool = false) {
    state.withLock { $0.connection }?.close(afterWriting: afterWriting)
  }

  /// Changes how the peer behaves from now on.
  public func change(_ body: @Sendable (inout QMPBehaviour) -> Void) { state.withLock { body(&$0.behaviour) } }

  /// Sends an event as QEMU does; false when no client has negotiated, and nothing was sent.
  @discardableResult
  public func emit(_ event: String, _ data: TestJSON? = nil, seconds: Int64? = nil, microseconds: Int64 = 0) -> Bool {
    let now = Date().timeIntervalSince1970
    let time: TestJSON = ["seconds": .int(seconds ?? Int64(now)), "microseconds": .int(microseconds)]
    var message: [String: TestJSON] = ["event": .string(event), "timestamp": time]
    message["data"] = data
    return sendLine(TestJSON.object(message).text, onlyWhenNegotiated: true)
  }

  /// Sends a line as it is, negotiated or not; false when nobody is connected.
  @discardableResult
  public func sendLine(_ line: String) -> Bool { sendLine(line, onlyWhenNegotiated: false) }

  /// Sends bytes as they are, without a line's end.
  public func send(_ bytes: some Collection<UInt8>) { state.withLock { $0.connection }?.send(bytes) }

  /// Sends one line of `length` bytes: a string in a JSON object, valid but for its size.
  public func sendLine(ofLength length: Int) {
    let head = Array("{\"event\":\"".utf8)
    let tail = Array("\"}\r\n".utf8)
    send(head + [UInt8](repeating: UInt8(ascii: "A"), count: max(0, length - head.count - tail.count)) + tail)
  }

  /// Sets `query-status` and sends the event that goes with it: `STOP` for all but `running`.
  public func enter(_ status: String) {
    change { $0.status = status }
    emit(status == "running" ? "RESUME" : "STOP")
  }

  /// Stops or goes on reading commands.
  public func setReading(_ isReading: Bool) { state.withLock { $0.connection }?.setReading(isReading) }

  /// Whether a client is connected.
  public var isConnected: Bool { state.withLock { $0.connection != nil } }

  /// Bytes that the client has not taken yet.
  public var pending: Int { state.withLock { $0.connection }?.pending ?? 0 }

  /// Waits until the client has taken all that was sent to it.
  public func drained(within limit: Duration = Patience.standard) async throws {
    guard let connection = state.withLock({ $0.connection }) else { return }
    let before = connection.drained.count
    if connection.pending == 0 { return }
    try await connection.drained.atLeast(before + 1, "drain", within: limit)
  }

  private func sendLine(_ line: String, onlyWhenNegotiated: Bool) -> Bool {
    let connection = state.withLock { $0.isNegotiated || !onlyWhenNegotiated ? $0.connection : nil }
    guard let connection else { return false }
    connection.send(line: line)
    return true
  }
}

// MARK: - Meeting

extension QMPPeer {
  private func dial() {
    guard case .dials(let path, let redials) = link, state.withLock({ !$0.isStopped && $0.connection == nil }) else {
      return
    }
    do {
      try adopt(try UnixSocket.connect(to: path))
    } catch {
      // Nobody listens, or the queue is full: QEMU tries again later, too.
      guard let redials else { return }
      DeadlineQueue.after(redials) { [weak self] in self?.dial() }
    }
  }

  private func listen(at path: String) throws {
    let descriptor = try UnixSocket.listen(at: path, backlog: 1)
    let token = try Reactor.shared.watch(descriptor, for: .readable) { [weak self] _ in self?.accept() }
    state.withLock { $0.listener = (descriptor, token) }
  }

  private func accept() {
    guard let listener = state.withLock({ $0.connection == nil ? $0.listener : nil }) else { return updateListening() }
    guard let client = try? UnixSocket.accept(from: listener.descriptor) else { return }
    // A client that is gone already ends its own connection.
    try? adopt(client)
    updateListening()
  }

  /// One client at a time: the others wait in the kernel's queue, as with QEMU.
  private func updateListening() {
    // Under the lock, so that two changes reach the kernel in the order in which they were made.
    state.withLock { state in
      guard let token = state.listener?.token else { return }
      Reactor.shared.update(token, for: state.connection == nil ? .readable : [])
    }
  }

  private func adopt(_ descriptor: Descriptor) throws {
    let splitter = LineSplitter()
    let connection = StreamConnection(descriptor) { [weak self] connection, bytes in
      for line in splitter.lines(completedBy: bytes) { self?.received(line, on: connection) }
    } onEnd: { [weak self] connection in
      self?.ended(connection)
    }
    let greeting = state.withLock { state in
      state.connection = connection
      state.isNegotiated = false
      return state.behaviour.greetingLine
    }
    connections.append(connections.count + 1)
    if let greeting { connection.send(line: greeting) }
    do {
      try connection.start()
    } catch {
      state.withLock { $0.connection = nil }
      throw error
    }
  }

  private func ended(_ connection: StreamConnection) {
    let (isOurs, isStopped) = state.withLock { state in
      let isOurs = state.connection === connection
      if isOurs {
        state.connection = nil
        state.isNegotiated = false
      }
      return (isOurs, state.isStopped)
    }
    guard isOurs else { return }
    ends.append(ends.count + 1)
    updateListening()
    if case .dials(_, let redials?) = link, !isStopped {
      DeadlineQueue.after(redials) { [weak self] in self?.dial() }
    }
  }

  private static func close(_ listener: (descriptor: Descriptor, token: Reactor.Token)) {
    Reactor.shared.unwatch(listener.token)
    listener.descriptor.close()
  }
}

// MARK: - Answering

extension QMPPeer {
  private func received(_ line: String, on connection: StreamConnection) {
    let message = try? TestJSON(parsing: line)
    let name = message?["execute"]?.string ?? ""
    // Decided before anybody hears of the command: whoever waits for it may change the answer to the next one.
    let answer = state.withLock { $0.behaviour.answer(to: name) }
    commands.append(QMPCommand(name: name, id: message?["id"], arguments: message?["arguments"], line: line))
    var reply: [String: TestJSON] = [:]
    reply["id"] = message?["id"]
    switch answer {
    case .returns(let value): reply["return"] = value
    case .fails(let errorClass, let text): reply["error"] = ["class": .string(errorClass), "desc": .string(text)]
    case .lines(let lines):
      let id = message?["id"]?.text ?? "null"
      for line in lines { connection.send(line: line.replacing("@ID@", with: id)) }
      return
    case .silence: return
    case .closesInTheMiddle:
      connection.send(Array("{\"return\": {\"sta".utf8))
      return connection.close(afterWriting: true)
    }
    connection.send(line: TestJSON.object(reply).text)
    guard name == "qmp_capabilities", case .returns = answer else { return }
    state.withLock { $0.isNegotiated = true }
    negotiations.append(negotiations.count + 1)
  }
}
