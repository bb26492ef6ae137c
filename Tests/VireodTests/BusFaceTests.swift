// SPDX-License-Identifier: Apache-2.0
// The face on the bus: what it answers, whom it answers, and what it says to nonsense.

import Foundation
import TestSupport
import Testing

@Suite(
  "vireod: the face on the bus", .needs(.root, .program("busctl"), .program("dbus-daemon")), .timeLimit(.minutes(5)))
struct BusFaceTests {
  @Test func `the manager tells who it is`() async throws {
    let hub = try await RunningHub()
    let instance = try await hub.property(RunningHub.root, "Manager", "InstanceID").string ?? ""
    #expect(instance.utf8.count == 32)
    #expect(try await hub.history().first?["instance"]?.string == instance)
    #expect(try await hub.property(RunningHub.root, "Manager", "Hostname").string == ProcessInfo.processInfo.hostName)
    #expect(try await hub.property(RunningHub.root, "Manager", "Oldest").int == 1)
    let kinds = try await hub.answer("ListKinds").first?.array ?? []
    #expect(kinds.contains { $0.array?.first?.string == "vm.stopped" })
    #expect(try await hub.answer("GetMetrics").first?.string?.hasSuffix("# EOF\n") == true)
  }

  @Test(arguments: [
    (["GetEvents", "tuass", "0", "0", "1", "vm.stat.*", ""], "no kind of event"),
    (["GetEvents", "tuass", "0", "0", "0", "vm/1"], "no object path"),
    (["GetVM", "s", "nobody"], "there is no vm"),
    (["GetVM", "s", "\u{1b}[2Jx"], "there is no vm"),
    (["GetLink", "s", ""], "there is no link"),
    (["RemoveVM", "s", "nobody"], "there is no vm"),
    (["AddVM", "sssa{sv}", "x", "relative", "", "0"], "absolute path"),
    (["AddVM", "sssa{sv}", "x", "/x", "", "1", "nonsense", "s", "x"], "unknown option"),
    (["GetEvents", "s", "nonsense"], "takes arguments"),
    (["NoSuchMethod"], "has no method"),
  ])
  func `nonsense is refused with a clear text, and the hub goes on`(_ arguments: [String], _ text: String) async throws
  {
    let hub = try await RunningHub()
    let result = try await runTool(
      "busctl",
      arguments: ["--address=\(hub.bus.address)", "call", RunningHub.name, RunningHub.root, RunningHub.manager]
        + arguments)
    #expect(!result.isSuccess)
    #expect(result.errors.contains(text), "\(result)")
    #expect(!result.errors.contains("\u{1b}"))
    #expect(hub.process.isRunning)
    #expect(try await hub.call("ListVMs").isSuccess)
  }

  @Test(arguments: TestBus.Kind.allCases)
  func `a stranger may neither own, nor call, nor hear; a member of the group reads and hears`(
    _ kind: TestBus.Kind
  ) async throws {
    let hub = try await RunningHub(kind: kind)
    #expect(try await !hub.call("ListVMs", user: .nobody).isSuccess)
    #expect(try await hub.call("ListVMs", user: .member).isSuccess)
    #expect(try await !hub.call("RemoveVM", "s", "x", user: .member).isSuccess)
    let own = try await hub.bus.call(
      "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "RequestName", "su", RunningHub.name,
      "4",
      user: .nobody)
    #expect(!own.isSuccess)
  }

  @Test(arguments: [("Source", "/source/bus")])
  func `the daemon introspects as the reviewed interface files say`(_ interface: String, _ path: String) async throws {
    let hub = try await RunningHub()
    try await hub.introspects(RunningHub.root + path, as: interface)
  }

  @Test func `the bus dies and comes back: the name is taken again and the lost stretch is told`() async throws {
    let hub = try await RunningHub()
    // While the hub stands still the bus and its monitor begin anew, so that nothing of the return is missed.
    hub.process.signal(SIGSTOP)
    try await hub.bus.restart()
    let monitor = try ChildProcess("busctl", ["--address=\(hub.bus.address)", "--json=short", "monitor"])
    try await monitor.errors.first("busctl monitors") { $0.contains("Monitoring") }
    hub.process.signal(SIGCONT)
    try await monitor.output.first("the word of what was lost") { $0.contains("\"member\":\"Gap\"") }
    try await monitor.output.first("the hub's return") { $0.contains("source.reconnected") }
    // The bus itself: one loss, one return, in that order, and nothing before or after.
    let told = try await hub.history(kinds: ["source.*"])
    func events(of source: String) -> [TestJSON] { told.filter { $0["name"]?.string == source } }
    let bus = events(of: "bus")
    #expect(bus.compactMap { $0["kind"]?.string } == ["source.up", "source.down", "source.reconnected"])
    // Who watches something on the bus loses it with the bus, and finds later that the new bus has no login1: that is told
    // after the return of the bus, and is no second loss of the bus.
    let others = told.filter { $0["kind"]?.string == "source.down" && $0["name"]?.string != "bus" }
    #expect(others.allSatisfy { $0["name"]?.string == "login1" })
  }
}
