// SPDX-License-Identifier: Apache-2.0
// The daemon as a process: command line, configuration, signals, the private bus.

import Foundation
import TestSupport
import Testing

@Suite("vireod: the process", .needs(.root, .program("busctl"), .program("dbus-daemon")), .timeLimit(.minutes(5)))
struct DaemonTests {
  private func vireod(_ arguments: String...) async throws -> ToolResult {
    try await runTool(try Repository.program("vireod"), arguments: arguments)
  }

  @Test func `it tells its version and its options`() async throws {
    #expect(try await vireod("--version").output.split(separator: ".").count == 3)
    #expect(try await vireod("--help").output.contains("--runtime-directory"))
    #expect(try await vireod("--nonsense").status == .exited(64))
  }

  @Test func `a wrong configuration is told with file, line, key and expectation`() async throws {
    let directory = try TemporaryDirectory()
    let file = try directory.write("bus: system\njournal: {max-size: huge}\n", to: "vireo.yaml")
    let result = try await vireod("--config", file, "--check-config")
    #expect(result.status == .exited(78))
    #expect(result.errors.contains("vireo.yaml:2: journal.max-size: expected a size"))
    #expect(try await vireod("--log-level", "loud", "--check-config").status == .exited(78))
    #expect(try await vireod("--check-config").status == .exited(0))
  }

  @Test(arguments: [SIGTERM, SIGINT, SIGQUIT])
  func `a signal ends it in good order, and the last event says why`(_ signal: CInt) async throws {
    let hub = try await RunningHub()
    hub.process.signal(signal)
    #expect(try await hub.process.exit() == .exited(0))
    try await hub.signal("hub.stopping")
  }

  @Test func `a reload takes the good and refuses the bad, and says which`() async throws {
    let hub = try await RunningHub(configuration: "log-level: info\n")
    try hub.directory.write("log-level: debug\n", to: "vireo.yaml")
    hub.process.signal(SIGHUP)
    let reloaded = try await hub.signal("hub.config.reloaded")
    #expect(reloaded[4].text.contains("log-level"))
    try hub.directory.write("log-level: loud\n", to: "vireo.yaml")
    hub.process.signal(SIGHUP)
    let rejected = try await hub.signal("hub.config.rejected")
    #expect(rejected[4].text.contains("vireo.yaml:1"))
    #expect(hub.process.isRunning)
  }

  @Test func `a private bus is the daemon's own, and ends with it even when that is killed`() async throws {
    let directory = try TemporaryDirectory()
    let process = try ChildProcess(
      try Repository.program("vireod"),
      ["--bus", "private", "--state-directory", directory.file("state"), "--runtime-directory", directory.file("run")])
    let line = try await process.output.first("the address of the bus") { $0.hasPrefix("bus address: ") }
    let address = String(line.dropFirst("bus address: ".count))
    let wait = try await runTool(
      "busctl", "--address=\(address)", "call", "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
      "GetConnectionUnixProcessID", "s", "org.freedesktop.DBus")
    #expect(wait.isSuccess, "\(wait)")
    let pid = wait.output.split(separator: " ").last.flatMap {
      Int32($0.trimmingCharacters(in: .whitespacesAndNewlines))
    }
    try await process.kill()
    let bus = try #require(pid)
    while kill(bus, 0) == 0 { await Task.yield() }
  }
}
