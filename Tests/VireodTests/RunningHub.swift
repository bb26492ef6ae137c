// SPDX-License-Identifier: Apache-2.0
// The real daemon on a real bus, watched by real tools.

import Foundation
import TestSupport
import Testing

/// A running `vireod` on a private bus, with directories of its own, and `busctl monitor` at its side.
final class RunningHub: Sendable {
  static let name = "org.vireo.Hub1"
  static let manager = "org.vireo.Hub1.Manager"
  static let root = "/org/vireo/Hub1"

  let bus: TestBus
  let directory: TemporaryDirectory
  let process: ChildProcess
  /// What the daemon told the service manager, when the test plays that.
  let notifications: DatagramRecorder?
  private let monitor: ChildProcess

  /// The runtime directory, where the sockets lie.
  var runtime: String { directory.file("run") }
  /// The socket that a QEMU dials.
  var qmpSocket: String { directory.file("run") + "/qmp.sock" }
  /// The configuration file, when there is one.
  var configuration: String { directory.file("vireo.yaml") }

  /// Starts the daemon, in a namespace if one is given; when this returns, it owns its name and the monitor hears everything.
  convenience init(
    kind: TestBus.Kind = .daemon, policy: BusConfiguration.Policy = .product, configuration: String? = nil,
    notify: Bool = false, in namespace: Namespace? = nil, directory: TemporaryDirectory? = nil
  ) async throws {
    let directory = try directory ?? TemporaryDirectory()
    if let configuration { try directory.write(configuration, to: "vireo.yaml") }
    let bus = try await TestBus(kind, BusConfiguration(policy: policy))
    try await self.init(
      on: bus, in: directory, isConfigured: configuration != nil,
      notifications: notify ? DatagramRecorder(at: directory.file("notify")) : nil, namespace: namespace)
  }

  private init(
    on bus: TestBus, in directory: TemporaryDirectory, isConfigured: Bool, notifications: DatagramRecorder?,
    namespace: Namespace? = nil
  ) async throws {
    self.bus = bus
    self.directory = directory
    self.notifications = notifications
    var line = ["--bus", bus.address, "--state-directory", directory.file("state")]
    line += ["--runtime-directory", directory.file("run")]
    if isConfigured { line += ["--config", directory.file("vireo.yaml")] }
    var environment: [String: String] = [:]
    if notifications != nil {
      environment = ["NOTIFY_SOCKET": directory.file("notify"), "WATCHDOG_USEC": "200000"]
    }
    let monitor = try ChildProcess(
      "busctl", ["--address=\(bus.address)", "--json=short", "monitor", RunningHub.name])
    self.monitor = monitor
    // busctl says so on its standard error once it hears everything.
    try await monitor.errors.first("busctl monitors") { $0.contains("Monitoring") }
    let vireod = try Repository.program("vireod")
    process =
      if let namespace {
        try namespace.start(vireod, line)
      } else {
        try ChildProcess(vireod, line, options: .init(environment: environment))
      }
    // What came before the hub had its name was told as a gap; from here on every number is heard.
    _ = try await signal("source.up", about: RunningHub.root + "/source/bus")
  }

  /// Starts the daemon again, on the same bus and the same directories, perhaps with a configuration.
  func restarted(configuration: String? = nil) async throws -> RunningHub {
    if let configuration { try directory.write(configuration, to: "vireo.yaml") }
    return try await RunningHub(on: bus, in: directory, isConfigured: configuration != nil, notifications: nil)
  }

  /// The bodies of the signals of a member that were heard, each as its arguments.
  func signals(_ member: String = "Event") -> [[TestJSON]] {
    monitor.output.all.compactMap { RunningHub.body(of: $0, member: member) }
  }

  /// The numbers of the events that were heard, from the first after the hub had its name.
  var numbers: [Int64] { signals().compactMap { $0[2].int } }

  /// Waits for an event of a kind, from a place in the monitor's output on.
  @discardableResult
  func signal(_ kind: String, from start: Int = 0, about path: String? = nil) async throws -> [TestJSON] {
    let line = try await monitor.output.first("\(kind) on the bus", from: start) { line in
      guard let body = RunningHub.body(of: line, member: "Event") else { return false }
      return body.first?.string == kind && (path == nil || body[1].string == path)
    }
    return RunningHub.body(of: line, member: "Event") ?? []
  }

  /// Where the monitor's output stands: the place to wait from.
  var place: Int { monitor.output.count }

  /// Waits for a line of the monitor that has a text.
  func line(containing text: String, from start: Int = 0) async throws {
    try await monitor.output.first("a message with \(text)", from: start) { $0.contains(text) }
  }

  private static func body(of line: String, member: String) -> [TestJSON]? {
    guard line.contains("\"member\":\"\(member)\""), line.contains("\"type\":\"signal\""),
      let message = try? TestJSON(parsing: line)
    else { return nil }
    return message["payload"]?["data"]?.array
  }

  /// Calls a method of the Manager.
  func call(_ member: String, _ arguments: String..., user: TestUser? = nil) async throws -> ToolResult {
    try await runTool(
      "busctl",
      arguments: [
        "--address=\(bus.address)", "--json=short", "call", RunningHub.name, RunningHub.root, RunningHub.manager,
        member,
      ] + arguments, user: user)
  }

  /// What a method of the Manager answers.
  func answer(_ member: String, _ arguments: String...) async throws -> [TestJSON] {
    let result = try await runTool(
      "busctl",
      arguments: [
        "--address=\(bus.address)", "--json=short", "call", RunningHub.name, RunningHub.root, RunningHub.manager,
        member,
      ] + arguments)
    try #require(result.isSuccess, "\(result)")
    return try #require(try TestJSON(parsing: result.output)["data"]?.array)
  }

  /// The path of an object that a method of the Manager finds by a word, once it knows it.
  ///
  /// What was there before the daemon is listed by each source after the start, and no signal tells of it.
  func path(of method: String, _ word: String) async throws -> String {
    let end = ContinuousClock.now + Patience.standard
    while true {
      let result = try await call(method, "s", word)
      if result.isSuccess {
        return try #require(try TestJSON(parsing: result.output)["data"]?.array?.first?.string)
      }
      try #require(ContinuousClock.now < end, "\(result)")
    }
  }

  /// A property of an object.
  func property(_ path: String, _ interface: String, _ name: String) async throws -> TestJSON {
    let result = try await runTool(
      "busctl", "--address=\(bus.address)", "--json=short", "get-property", RunningHub.name, path,
      "\(RunningHub.name).\(interface)", name)
    try #require(result.isSuccess, "\(result)")
    return try #require(try TestJSON(parsing: result.output)["data"])
  }

  /// The events after a number, as the JSON lines of the hub.
  func history(after: UInt64 = 0, kinds: [String] = [], subject: String = "") async throws -> [TestJSON] {
    let result = try await runTool(
      "busctl",
      arguments: [
        "--address=\(bus.address)", "--json=short", "call", RunningHub.name, RunningHub.root, RunningHub.manager,
        "GetEventsJSON", "tuass", "\(after)", "0", "\(kinds.count)",
      ] + kinds + [subject])
    try #require(result.isSuccess, "\(result)")
    let text = try #require(try TestJSON(parsing: result.output)["data"]?.array?.first?.string)
    return try text.split(separator: "\n").map { try TestJSON(parsing: $0) }
  }

  /// Holds what an object introspects against the reviewed file of its interface.
  func introspects(_ path: String, as interface: String) async throws {
    let result = try await runTool(
      "busctl", "--address=\(bus.address)", "introspect", "--xml-interface", RunningHub.name, path)
    let name = "\(RunningHub.name).\(interface)"
    let running = try #require(
      InterfaceDescription.all(in: Data(result.output.utf8)).first { $0.name == name }, "\(result)")
    let reviewed = try InterfaceFile.named(name).description
    #expect(running.contract == reviewed.contract)
  }

  /// Ends the daemon in good order.
  func stop() async throws -> TestSupport.ExitStatus {
    process.signal(SIGTERM)
    return try await process.exit()
  }
}
