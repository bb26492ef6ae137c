// SPDX-License-Identifier: Apache-2.0
// A running vireod.

import Foundation

/// A real `vireod` of one test, on a private bus, with directories of its own.
public final class TestDaemon: Sendable {
  /// The bus it is on.
  public let bus: TestBus
  /// The process.
  public let process: ChildProcess
  /// Where it keeps what survives it.
  public let stateDirectory: String
  /// Where its sockets are.
  public let runtimeDirectory: String
  /// The socket that a QEMU dials.
  public var monitorSocket: String { "\(runtimeDirectory)/qmp.sock" }

  /// The name that it takes.
  public static let busName = "org.vireo.Hub1"

  private let directory: TemporaryDirectory

  /// Starts it on a bus; when this returns, it owns its name there and its monitor socket listens.
  ///
  /// `settings` is the text of its configuration file. To start another one on the same state, hand over the
  /// directory of the first.
  public init(
    on bus: TestBus, settings: String? = nil, arguments: [String] = [], directory: TemporaryDirectory? = nil,
    environment: [String: String] = [:]
  ) async throws {
    self.bus = bus
    let directory = try directory ?? TemporaryDirectory()
    self.directory = directory
    stateDirectory = try directory.directory("state")
    runtimeDirectory = try directory.directory("run")
    var all = [
      "--bus", bus.address, "--state-directory", stateDirectory, "--runtime-directory", runtimeDirectory,
    ]
    if let settings { all += ["--config", try directory.write(settings, to: "vireod.conf")] }
    let watcher = try await RawBusClient(socketPath: bus.socketPath)
    _ = try await watcher.addMatch(
      "type='signal',sender='org.freedesktop.DBus',member='NameOwnerChanged',arg0='\(Self.busName)'")
    let process = try ChildProcess(
      try Repository.program("vireod"), all + arguments, options: .init(environment: environment))
    self.process = process
    // Whichever comes first: the name, or the end of a daemon that could not start.
    let ends = Task { [messages = watcher.messages] in
      _ = try await process.exit(within: Patience.standard)
      messages.finish()
    }
    defer { ends.cancel() }
    do {
      try await watcher.messages.first("vireod to take its name") {
        $0.member == "NameOwnerChanged" && $0.arguments.count == 3 && !$0.arguments[2].isEmpty
      }
    } catch {
      throw DaemonFailure(text: "\(error)\n\(process.errorText)")
    }
  }

  /// The directory of state and sockets, to start another daemon on it.
  public var home: TemporaryDirectory { directory }

  /// Calls a method of the hub with busctl(1).
  ///
  /// Arguments are a signature and values, as busctl takes them.
  public func call(
    _ member: String, _ arguments: String..., interface: String = "org.vireo.Hub1.Manager",
    path: String = "/org/vireo/Hub1", user: TestUser? = nil
  ) async throws -> ToolResult {
    try await runTool(
      "busctl", arguments: ["--address=\(bus.address)", "call", Self.busName, path, interface, member] + arguments,
      user: user)
  }

  /// The newest sequence number published.
  public func head() async throws -> UInt64 {
    let result = try await runTool(
      "busctl", "--address=\(bus.address)", "get-property", Self.busName, "/org/vireo/Hub1", "org.vireo.Hub1.Manager",
      "Head")
    return result.output.split(separator: " ").last.flatMap { UInt64($0.trimmingCharacters(in: .newlines)) } ?? 0
  }

  /// Waits until an event of a kind has been published, and gives its line of JSON.
  ///
  /// The broadcast is listened to first and the journal asked then, so that no event falls between.
  @discardableResult
  public func event(
    _ kind: String, after: UInt64 = 0, within limit: Duration = Patience.standard
  ) async throws -> TestJSON {
    let listener = try await RawBusClient(socketPath: bus.socketPath)
    _ = try await listener.addMatch("type='signal',interface='org.vireo.Hub1.Manager',member='Event',arg0='\(kind)'")
    if let known = try await events(kind, after: after).first { return known }
    try await listener.messages.first("the event \(kind)", within: limit) { $0.member == "Event" }
    guard let event = try await events(kind, after: after).first else {
      throw WaitError.ended(awaited: kind, seen: "its signal, but not the event in the journal")
    }
    return event
  }

  /// The events of a kind (`*` for all, `vm.*` for a stem) after a sequence, as GetEventsJSON gives them.
  public func events(_ kind: String = "*", after: UInt64 = 0) async throws -> [TestJSON] {
    let kinds = kind == "*" ? ["0"] : ["1", kind]
    let result = try await runTool(
      "busctl",
      arguments: [
        "--address=\(bus.address)", "--json=short", "call", Self.busName, "/org/vireo/Hub1", "org.vireo.Hub1.Manager",
        "GetEventsJSON", "tuass", String(after), "0",
      ] + kinds + [""])
    guard result.isSuccess else { throw DaemonFailure(text: "\(result)") }
    let lines = try TestJSON(parsing: result.output)["data"]?[0]?.string ?? ""
    return try lines.split(separator: "\n").map { try TestJSON(parsing: $0) }
  }

  /// Ends it with SIGTERM and gives its status.
  @discardableResult
  public func stop() async throws -> ExitStatus { try await process.stop(within: Patience.standard) }
}

/// A daemon that did not start or did not answer.
public struct DaemonFailure: Error, CustomStringConvertible, Sendable {
  let text: String

  /// What it said.
  public var description: String { "vireod: \(text)" }
}
