// SPDX-License-Identifier: Apache-2.0
// vireo -p and status: the hub is asked for the kinds that may have a severity.

import EventModel
import Foundation
import Hub
import TestSupport
import Testing

@Suite("vireo: severities", .needs(.root, .program("dbus-daemon")), .timeLimit(.minutes(5)))
struct SeverityTests {
  /// The kinds of the events that the tool printed as JSON.
  private func kinds(_ result: ToolResult) throws -> [String] {
    try #require(result.status == .exited(0), "\(result)")
    return try result.lines.compactMap { try TestJSON(parsing: $0)["kind"]?.string }
  }

  /// How often the hub was asked by a method.
  private func calls(_ method: String, _ hub: TestHub) async -> Int? {
    let metrics = await hub.hub.metrics()
    return metrics.split(separator: "\n").first { $0.hasPrefix("vireo_dbus_calls_total{method=\"\(method)\"}") }?
      .split(separator: " ").last.flatMap { Int($0) }
  }

  @Test(.needs(.qemu))
  func `a range finds a real crash, whose kind is usually of no weight`() async throws {
    let bus = try await TestBus(.daemon, BusConfiguration(policy: .product))
    let daemon = try await TestDaemon(on: bus)
    func vireo(_ arguments: String...) async throws -> ToolResult {
      try await runTool(try Repository.program("vireo"), arguments: arguments, environment: bus.environment)
    }
    func machine(_ name: String) async throws -> TestQEMU {
      let machine = try await TestQEMU(.init(name: name, monitors: [.dials(daemon.monitorSocket)]))
      let known = try await vireo("wait", name, "vm.state.*")
      try #require(known.isSuccess, "\(known)")
      return machine
    }
    try await machine("good").quit()
    try await daemon.event("vm.stopped")
    let bad = try await machine("bad")
    let monitor = try ChildProcess(
      try Repository.program("vireo"), ["log", "-f", "-n", "1000", "-p", "err", "-t", "hub.started,vm.*", "-ojson"],
      options: .init(environment: bus.environment))
    bad.process.signal(SIGSEGV)
    let line = try await monitor.output.first("the crash") { $0.contains(#""vm.stopped""#) }
    #expect(try TestJSON(parsing: line)["data"]?["cause"]?.string == "crash")
    #expect(try kinds(await vireo("log", "-p", "err", "-ojson")) == ["vm.stopped"])
    #expect(try kinds(await vireo("log", "-p", "err..err", "-n", "9", "-V", "bad", "-ojson")) == ["vm.stopped"])
    #expect(try kinds(await vireo("log", "-p", "err", "-V", "b*", "-ojson")) == ["vm.stopped"])
    #expect(try kinds(await vireo("log", "-p", "err", "-V", "good", "-ojson")).isEmpty)
    #expect(try kinds(await vireo("log", "-p", "notice..notice", "-t", "vm.stopped", "-ojson")) == ["vm.stopped"])
    #expect(try kinds(await vireo("log", "-p", "warning..warning", "-t", "vm.stopped", "-ojson")).isEmpty)
    let status = try await vireo("status").output
    #expect(status.contains("vm.stopped") && status.contains("cause=crash") && !status.contains("cause=qmp-quit"))
    let waited = try await vireo(
      "wait", "bad", "vm.*", "-p", "err", "--after-cursor", String(repeating: "0", count: 32) + ":0", "-ojson")
    #expect(try kinds(waited) == ["vm.stopped"])
  }

  @Test func `few errors in a long history are found by a few questions`() async throws {
    let hub = try await TestHub()
    await hub.addMachine("web01")
    await hub.publish(EventGrade(.vmStoppedByFault), data: ["cause": "crash"])
    await hub.publish(.vmBlockIOError, data: ["noSpace": true])
    let reset = EventDraft(.vmReset, subject: Subject(.vm, "web01"), source: Subject(.source, "qmp"))
    await hub.publish(Array(repeating: reset, count: 30_000))
    let log = try await hub.vireo("log", "-p", "err", "-n", "10", "-ojson")
    #expect(try kinds(log) == ["vm.stopped", "vm.block.io-error"])
    // Read as they are, so many events are fifteen replies at least.
    #expect(try #require(await calls("GetEventsJSON", hub)) <= 8)
    #expect(await calls("ListKinds", hub) == 1)
    #expect(try kinds(await hub.vireo("log", "-p", "err", "-n", "1", "-ojson")) == ["vm.block.io-error"])
    let before = try #require(await calls("GetEventsJSON", hub))
    let status = try await hub.vireo("status").output
    #expect(status.contains("vm.stopped") && status.contains("vm.block.io-error"))
    #expect(try #require(await calls("GetEventsJSON", hub)) - before <= 16)
    #expect(await calls("ListKinds", hub) == 3)
  }

  @Test func `a range that excludes nothing costs no question about kinds`() async throws {
    let hub = try await TestHub()
    await hub.addMachine("web01")
    #expect(try kinds(await hub.vireo("log", "-p", "debug", "-ojson")).suffix(1) == ["vm.added"])
    #expect(await calls("ListKinds", hub) == 0)
  }

  @Test func `a gap is told whatever the severity asked for`() async throws {
    let hub = try await TestHub()
    await hub.publish([
      EventDraft(.hubGap, subject: .hub, source: .hub, data: ["reason": "hub-down"]),
      EventDraft(.vmReset, subject: Subject(.vm, "web01"), source: .hub),
    ])
    #expect(try kinds(await hub.vireo("log", "-p", "critical", "-ojson")) == ["hub.gap"])
    #expect(try kinds(await hub.vireo("log", "-p", "critical", "-t", "vm.reset", "-n", "1", "-ojson")) == ["hub.gap"])
  }

  @Test(.needs(.program("systemd-stdio-bridge")))
  func `from afar the kinds of a range ring`() async throws {
    let hub = try await TestHub()
    await hub.addMachine("web01")
    await hub.publish(.vmWatchdog)
    let place = try await ToolPlace(hub)
    let log = try place.start("vireo -H root@host.example log -f -p warning -ocat")
    try await log.output.first("the past") { $0.contains("vm.watchdog") }
    await hub.publish(.vmReset)
    await hub.publish(EventGrade(.vmStoppedByFault), data: ["cause": "crash"])
    try await log.output.first("the crash") { $0.contains("cause=crash") }
    #expect(!log.output.all.contains { $0.contains("vm.reset") })
  }

  @Test func `the last events are the same ones however far back they lie`() async throws {
    let hub = try await TestHub()
    await hub.addMachine("web01")
    let subject = Subject(.vm, "web01")
    // In the last thousand, in the last sixteen thousand, before that, and on the borders of these stretches.
    let marked: Set<Int> = [1, 2, 3000, 3001, 12_997, 12_998, 13_000, 18_999, 19_000, 19_999]
    await hub.publish(
      (1..<20_000).map { number in
        EventDraft(
          marked.contains(number) ? .vmWatchdog : .vmReset, subject: subject, source: Subject(.source, "qmp"),
          data: ["number": .uint(UInt64(number)), "reason": marked.contains(number) ? "fired" : "asked"])
      })
    // What the hub filters, and what the tool has to look at itself.
    for (filter, counts) in [
      (["-t", "vm.watchdog"], [1, 2, 9, 11]), (["-p", "error"], [3, 5, 10]), (["-g", "fired"], [6]),
    ] {
      for count in counts {
        let result = try await runTool(
          try Repository.program("vireo"), arguments: ["log", "-ojson", "-n", String(count)] + filter,
          environment: hub.bus.environment)
        let numbers = try result.lines.compactMap { try TestJSON(parsing: $0)["data"]?["number"]?.int }
        #expect(numbers == Array(marked.sorted().suffix(count)).map(Int64.init), "\(filter) \(count)")
      }
    }
  }
}
