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

  @Test func `a second signal ends it at once`() async throws {
    let hub = try await RunningHub()
    // Two different signals are pending when it goes on: it reads the second one before the first has done its work.
    hub.process.signal(SIGSTOP)
    hub.process.signal(SIGINT)
    hub.process.signal(SIGTERM)
    hub.process.signal(SIGCONT)
    #expect(try await hub.process.exit() == .exited(1))
  }

  @Test func `it tells systemd that it is ready, how it is, that it lives, and that it ends`() async throws {
    let hub = try await RunningHub(notify: true)
    let words = try #require(hub.notifications)
    try await words.messages.first("READY=1") { $0.contains("READY=1") }
    try await words.messages.first("a word of how it is") { $0.contains("STATUS=") }
    try await words.messages.first("a sign of life") { $0.contains("WATCHDOG=1") }
    #expect(try await hub.stop() == .exited(0))
    try await words.messages.first("the end") { $0.contains("STOPPING=1") }
  }

  @Test func `a second daemon on the same state directory is refused, and names the first`() async throws {
    let hub = try await RunningHub()
    let second = try await vireod(
      "--bus", hub.bus.address, "--state-directory", hub.directory.file("state"), "--runtime-directory",
      hub.directory.file("other"))
    #expect(second.status == .exited(75))
    #expect(second.errors.contains("process \(hub.process.pid)"))
    #expect(hub.process.isRunning)
  }

  @Test func `what was public before a kill is there after it, numbered on without a hole`() async throws {
    let hub = try await RunningHub()
    let before = try await hub.history()
    try await hub.process.kill()
    let again = try await hub.restarted()
    let after = try await again.history()
    #expect(Array(after.prefix(before.count)) == before)
    #expect(after.compactMap { $0["sequence"]?.int } == Array(1...Int64(after.count)))
    #expect(after.contains { $0["kind"]?.string == "hub.gap" && $0["data"]?["reason"]?.string == "hub-down" })
  }

  @Test func `without a bus it watches on, and appears as soon as there is one`() async throws {
    let hub = try await RunningHub()
    try await hub.bus.kill()
    let qemu = try await TestQEMU(.init(name: "meanwhile", monitors: [.dials(hub.qmpSocket)]))
    try await qemu.execute("stop")
    try await hub.bus.restart()
    try await hub.knows(1, state: "paused", within: .seconds(60))
    let history = try await hub.history(kinds: ["vm.state.paused"])
    #expect(history.count == 1)
  }
}
