// SPDX-License-Identifier: Apache-2.0
// The test's own end of a QMP monitor: commands, replies, events.

import Foundation
import Synchronization

/// An event as QEMU sent it.
public struct QMPEvent: Sendable, CustomStringConvertible {
  /// Its name in QEMU's schema: `STOP`, `RESUME`.
  public let name: String
  /// Its data, an empty object where there was none.
  public let data: TestJSON
  /// The line itself.
  public let line: String

  /// The name and the data.
  public var description: String { "\(name) \(data.text)" }
}

/// A command that QEMU refused.
public struct QMPFailure: Error, CustomStringConvertible, Sendable {
  /// The command.
  public let command: String
  /// QEMU's class of the error: `GenericError`, `CommandNotFound`.
  public let errorClass: String
  /// QEMU's words.
  public let text: String

  /// In words.
  public var description: String { "\(command): \(errorClass): \(text)" }
}

/// A client of one QMP monitor, for the tests' own commands.
///
/// Replies are matched by `id`.
public final class QMPMonitor: Sendable {
  /// The greeting's version, `7.2.22`; set when ``negotiated(within:)`` has returned.
  public var version: String { greetings.all.first.flatMap(Self.version(in:)) ?? "" }
  /// The events, as they come.
  public let events = Recorder<QMPEvent>()

  private let greetings = Recorder<TestJSON>()
  private let replies = Recorder<TestJSON>()
  private let nextID = Mutex(0)
  private let connection: Mutex<StreamConnection?> = Mutex(nil)

  /// Takes over a connected socket.
  public init(_ descriptor: Descriptor) throws {
    let (greetings, replies, events) = (greetings, replies, events)
    let splitter = LineSplitter()
    let connection = StreamConnection(descriptor) { _, bytes in
      for line in splitter.lines(completedBy: bytes) {
        guard let value = try? TestJSON(parsing: line) else { continue }
        if let name = value["event"]?.string {
          events.append(QMPEvent(name: name, data: value["data"] ?? [:], line: line))
        } else if value["QMP"] != nil {
          greetings.append(value)
        } else {
          replies.append(value)
        }
      }
    } onEnd: { _ in
      for recorder in [greetings, replies] { recorder.finish() }
      events.finish()
    }
    self.connection.withLock { $0 = connection }
    try connection.start()
  }

  deinit { close() }

  /// Waits for the greeting and leaves the negotiation mode.
  public func negotiated(within limit: Duration = Patience.standard) async throws {
    try await greetings.first("the greeting", within: limit) { _ in true }
    try await execute("qmp_capabilities")
  }

  /// Sends a command and gives what it returned.
  ///
  /// Errors: ``QMPFailure`` when QEMU refuses, ``WaitError`` when it does not answer or is gone.
  @discardableResult
  public func execute(
    _ command: String, _ arguments: TestJSON? = nil, within limit: Duration = Patience.standard
  ) async throws -> TestJSON {
    let id = send(command, arguments)
    let reply = try await replies.first("the reply to \(command)", within: limit) { $0["id"]?.int == id }
    if let error = reply["error"] {
      throw QMPFailure(command: command, errorClass: error["class"]?.string ?? "", text: error["desc"]?.string ?? "")
    }
    return reply["return"] ?? .null
  }

  /// Sends a command and does not wait for its reply; gives its `id`.
  @discardableResult
  public func send(_ command: String, _ arguments: TestJSON? = nil) -> Int64 {
    let id = nextID.withLock { next in
      next += 1
      return Int64(next)
    }
    var message: [String: TestJSON] = ["execute": .string(command), "id": .int(id)]
    message["arguments"] = arguments
    connection.withLock { $0 }?.send(line: TestJSON.object(message).text)
    return id
  }

  /// Runs a command of the human monitor and gives its text: `o /b 0x505 1` writes to a port.
  @discardableResult
  public func human(_ command: String) async throws -> String {
    try await execute("human-monitor-command", ["command-line": .string(command)]).string ?? ""
  }

  /// Closes the connection.
  public func close() { connection.withLock { $0 }?.close() }

  private static func version(in greeting: TestJSON) -> String? {
    guard let parts = greeting["QMP"]?["version"]?["qemu"] else { return nil }
    return ["major", "minor", "micro"].compactMap { parts[$0]?.int.map(String.init) }.joined(separator: ".")
  }
}
