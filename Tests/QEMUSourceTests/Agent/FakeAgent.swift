// SPDX-License-Identifier: Apache-2.0
// A guest agent that says what a test wants, on a socket as QEMU offers it.

import Foundation
import Synchronization
import TestSupport

/// A guest agent on a listening socket, one client at a time, in a thread of its own.
final class FakeAgent: Sendable {
  /// What follows a command.
  enum Answer: Sendable {
    /// A return with this JSON.
    case returns(String)
    /// These bytes as they are.
    case raw([UInt8])
    /// Nothing.
    case silence
    /// An error of that class.
    case fails(String)
  }

  /// The names of the commands, as they come; `sync` for a synchronization.
  let commands = Recorder<String>()
  /// Grows with each connection.
  let connections = Recorder<Int>()
  private let state: Mutex<State>
  private let listener: Descriptor

  private struct State {
    var answers: [String: Answer]
    var answersSynchronization = true
    var client: Descriptor?
    var isStopped = false
  }

  /// Begins to listen, as the agent of a small Debian guest.
  init(at path: String) throws {
    listener = try UnixSocket.listen(at: path, backlog: 1)
    state = Mutex(State(answers: Self.debian))
    Thread { [self] in serve() }.start()
  }

  static let debian: [String: Answer] = [
    "guest-ping": .returns("{}"),
    "guest-info": .returns(#"{"version":"7.2.22","supported_commands":[]}"#),
    "guest-get-host-name": .returns(#"{"host-name":"guest"}"#),
    "guest-get-osinfo": .returns(#"{"id":"debian","pretty-name":"Debian GNU/Linux 12"}"#),
    "guest-network-get-interfaces": .returns(
      #"[{"name":"eth0","ip-addresses":[{"ip-address":"10.0.0.2","ip-address-type":"ipv4","prefix":24}]}]"#),
    "guest-get-fsinfo": .returns(#"[{"mountpoint":"/","type":"ext4","used-bytes":10,"total-bytes":100}]"#),
    "guest-get-users": .returns("[]"),
    "guest-fsfreeze-status": .returns(#""thawed""#),
  ]

  /// Changes an answer.
  func answer(_ command: String, _ answer: Answer) { state.withLock { $0.answers[command] = answer } }

  /// Whether it answers synchronizations.
  func setAlive(_ isAlive: Bool) { state.withLock { $0.answersSynchronization = isAlive } }

  /// Sends bytes that nobody asked for.
  func send(_ bytes: [UInt8]) {
    guard let client = state.withLock({ $0.client }) else { return }
    var rest = bytes[...]
    while !rest.isEmpty {
      switch client.write(rest) {
      case .wrote(let count): rest = rest.dropFirst(count)
      case .wouldBlock: client.waitUntilWritable(within: .milliseconds(50))
      case .failed: return
      }
      if state.withLock({ $0.isStopped }) { return }
    }
  }

  /// Closes the connection; the agent goes on listening.
  func hangUp() { state.withLock { $0.client.take() }?.close() }

  /// Ends it.
  func stop() {
    state.withLock { $0.isStopped = true }
    hangUp()
    listener.close()
  }

  deinit { stop() }

  private func serve() {
    while !state.withLock({ $0.isStopped }) {
      listener.waitUntilReadable(within: .milliseconds(50))
      guard let client = try? UnixSocket.accept(from: listener) else { continue }
      state.withLock { $0.client = client }
      connections.append(connections.count + 1)
      converse(client)
    }
  }

  private func converse(_ client: Descriptor) {
    var held: [UInt8] = []
    while client.number >= 0 {
      client.waitUntilReadable(within: .milliseconds(50))
      switch client.read() {
      case .bytes(let bytes):
        held += bytes
        while let end = held.firstIndex(of: 0x0A) {
          received(Array(held[..<end]))
          held.removeFirst(end + 1)
        }
      case .wouldBlock: continue
      case .end, .failed: return hangUp()
      }
    }
  }

  private func received(_ line: [UInt8]) {
    let isSynchronization = line.first == 0xFF
    let text = String(decoding: line.drop { $0 == 0xFF }, as: UTF8.self)
    guard let command = try? TestJSON(parsing: text), let name = command["execute"]?.string else { return }
    commands.append(isSynchronization ? "sync" : name)
    if isSynchronization {
      guard state.withLock({ $0.answersSynchronization }) else { return }
      // As qemu-ga does: first it complains of the byte, then it answers behind one.
      send(Array("{\"error\": {\"class\": \"GenericError\", \"desc\": \"JSON parse error\"}}\n".utf8))
      return send([0xFF] + Array("{\"return\": \(command["arguments"]?["id"]?.int ?? 0)}\n".utf8))
    }
    if name == "guest-get-time", state.withLock({ $0.answers[name] }) == nil {
      return send(Array("{\"return\": \(Int64(Date().timeIntervalSince1970 * 1e9))}\n".utf8))
    }
    switch state.withLock({ $0.answers[name] }) ?? .fails("CommandNotFound") {
    case .returns(let json): send(Array("{\"return\": \(json)}\n".utf8))
    case .raw(let bytes): send(bytes)
    case .silence: break
    case .fails(let errorClass): send(Array("{\"error\": {\"class\": \"\(errorClass)\", \"desc\": \"no\"}}\n".utf8))
    }
  }
}
