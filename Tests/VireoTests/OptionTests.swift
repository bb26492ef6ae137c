// SPDX-License-Identifier: Apache-2.0
// The options of `log` and `monitor` that choose times and forms.

import EventModel
import Foundation
import TestSupport
import Testing

@Suite("vireo: options", .needs(.root, .program("dbus-daemon")), .timeLimit(.minutes(5)))
struct OptionTests {
  /// A hub with one event before a moment and one after it.
  private func hub(_ bus: TestBus? = nil) async throws -> (hub: TestHub, moment: Timestamp) {
    let hub = try await TestHub(on: bus)
    await hub.addMachine("web01")
    await hub.publish(.vmReset, data: ["reason": "before"])
    // The next event is recorded in another microsecond than this one.
    let moment = Timestamp.now().advanced(by: .microseconds(1))
    while Timestamp.now().microseconds <= moment.microseconds {}
    await hub.publish(.vmReset, data: ["reason": "after"])
    return (hub, moment)
  }

  private func reasons(_ result: ToolResult) throws -> [String] {
    try #require(result.isSuccess, "\(result)")
    return try result.lines.compactMap { try TestJSON(parsing: $0)["data"]?["reason"]?.string }
  }

  @Test func `--since and --until choose a stretch of time, from the past on too`() async throws {
    let (hub, moment) = try await hub()
    let time = moment.rfc3339
    #expect(try reasons(await hub.vireo("log", "-ojson", "--since", time)) == ["after"])
    #expect(try reasons(await hub.vireo("log", "-ojson", "-S\(time)")) == ["after"])
    #expect(try reasons(await hub.vireo("log", "-ojson", "--until", time)) == ["before"])
    #expect(try reasons(await hub.vireo("log", "-ojson", "-S", "-1h", "-U", "+1h")) == ["before", "after"])
    #expect(try reasons(await hub.vireo("log", "-ojson", "-n1", "-t", "reset", "-S", "-1h")) == ["after"])
    #expect(try reasons(await hub.vireo("log", "-ojson", "-n1", "-t", "reset", "-U", time, "-S", "-1h")) == ["before"])
    // monitor begins in the past where it is told to, and ends by itself where its time is over.
    #expect(
      try reasons(await hub.vireo("monitor", "-ojson", "-n2", "-t", "reset", "-S", "-1h")) == ["before", "after"])
    #expect(try reasons(await hub.vireo("monitor", "-ojson", "-S", "-1h", "-U", "+1s")) == ["before", "after"])
    for text in ["soon", "25:00", ""] {
      let result = try await hub.vireo("log", "--since", text)
      #expect(result.status == .exited(64) && result.errors.hasPrefix("vireo: --since: "), "\(result)")
    }
  }

  @Test(.needs(.probe("python3-dbusmock with its GLib", "/usr/bin/python3 -c 'import dbusmock, gi'")))
  func `-b begins when the host of the hub was started`() async throws {
    let (hub, moment) = try await hub()
    // Without a service manager on the bus it is the kernel of this host that knows; this hub is younger.
    #expect(try reasons(await hub.vireo("log", "-b", "-ojson")) == ["before", "after"])
    let manager = "org.freedesktop.systemd1"
    let mock = try ChildProcess(
      "/usr/bin/python3",
      ["-m", "dbusmock", "--system", manager, "/org/freedesktop/systemd1", "\(manager).Manager"],
      options: .init(environment: hub.bus.environment))
    let wait = try await runTool("gdbus", "wait", "--address", hub.bus.address, "--timeout", "60", manager)
    try #require(wait.isSuccess, "\(wait) \(mock.errorText)")
    let added = try await hub.bus.call(
      manager, "/org/freedesktop/systemd1", "org.freedesktop.DBus.Mock", "AddProperty", "ssv", "\(manager).Manager",
      "KernelTimestamp", "t", "\(moment.microseconds)")
    try #require(added.isSuccess, "\(added)")
    #expect(try reasons(await hub.vireo("log", "-b", "-ojson")) == ["after"])
    #expect(try reasons(await hub.vireo("log", "--boot", "-ojson", "-n5")) == ["after"])
    #expect(try reasons(await hub.vireo("log", "-b", "-ojson", "-U", moment.rfc3339)).isEmpty)
  }

  @Test func `each form of output is what it says`() async throws {
    let (hub, _) = try await hub()
    func last(_ arguments: String..., zone: String = "UTC") async throws -> [String] {
      let result = try await runTool(
        try Repository.program("vireo"), arguments: ["log", "-t", "reset", "-n1"] + arguments,
        environment: hub.bus.environment.merging(["TZ": zone]) { $1 })
      try #require(result.isSuccess, "\(result)")
      return result.lines
    }
    let short = #/[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d\.\d{3} NOTE  web01 +vm\.reset +reason=after.*/#
    #expect(try await last().first?.wholeMatch(of: short) != nil)
    #expect(try await last("-oshort") == last())
    let iso = #/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}(Z|[+-]\d\d:\d\d) NOTE +web01 +vm\.reset.*/#
    #expect(try await last("-o", "short-iso").first?.wholeMatch(of: iso) != nil)
    #expect(try await last("-ocat") == ["web01 vm.reset reason=after state=running"])
    #expect(try await last("-overbose").contains { $0.contains("reason") && $0.contains("after") })
    #expect(try await last("-overbose").count > 5)
    let pretty = try await last("-ojson-pretty")
    #expect(pretty.first == "{" && pretty.last == "}" && pretty.count > 10)
    let line = try TestJSON(parsing: try await last("-ojson").joined())
    #expect(try TestJSON(parsing: pretty.joined(separator: "\n")) == line)
    let time = #/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z/#
    #expect(line["time"]?.string?.wholeMatch(of: time) != nil)
    let cloud = try TestJSON(parsing: try await last("--output", "export-cloudevents").joined())
    #expect(cloud["specversion"]?.string == "1.0" && cloud["data"]?["data"]?["reason"]?.string == "after")
    // Local time is that of the zone, UTC that of nobody.
    #expect(try await last("-oshort-iso", zone: "Asia/Tokyo").first?.contains("+09:00") == true)
    #expect(try await last("-oshort-iso", "--utc", zone: "Asia/Tokyo") == last("-oshort-iso"))
    let wrong = try await hub.vireo("log", "-o", "xml")
    #expect(wrong.status == .exited(64))
  }

  @Test func `json keeps its keys, in their order`() async throws {
    let (hub, _) = try await hub()
    let line = try #require(try await hub.vireo("log", "-n1", "-ojson").lines.first)
    let keys = [
      "instance", "sequence", "time", "recorded", "kind", "severity", "origin", "subject", "name", "source", "data",
    ]
    let places = keys.map { line.range(of: "\"\($0)\":")?.lowerBound }
    #expect(places.allSatisfy { $0 != nil })
    #expect(places.compactMap { $0 } == places.compactMap { $0 }.sorted())
  }

  @Test func `-q leaves errors and takes notices away`() async throws {
    let (hub, _) = try await hub()
    for (arguments, isTold) in [(["wait", "web01", "watchdog", "--timeout", "50ms"], true)] {
      let loud = try await runTool(
        try Repository.program("vireo"), arguments: arguments, environment: hub.bus.environment)
      #expect(loud.errors.isEmpty != isTold)
      let quiet = try await runTool(
        try Repository.program("vireo"), arguments: arguments + ["-q"], environment: hub.bus.environment)
      #expect(quiet.errors.isEmpty)
      #expect(loud.status == quiet.status)
    }
    let wrong = try await hub.vireo("-q", "show", "nobody")
    #expect(wrong.status == .exited(1) && wrong.errors.hasPrefix("vireo: "))
  }

  @Test func `what is written wrongly is refused before anything is asked`() async throws {
    let (hub, _) = try await hub()
    for arguments in [
      ["log", "-p", "loud"], ["log", "-g", "("], ["log", "-t", "vm.runing"], ["log", "-n", "-1"],
      ["monitor", "-n", "0"], ["monitor", "--timeout", "soon"], ["wait", "web01"], ["list", "cats"],
      ["log", "--after-cursor", "x"],
    ] {
      let result = try await runTool(
        try Repository.program("vireo"), arguments: arguments, environment: hub.bus.environment)
      #expect(result.status == .exited(64), "\(arguments) \(result)")
      #expect(result.output.isEmpty && !result.errors.isEmpty, "\(arguments) \(result)")
    }
  }
}
