// SPDX-License-Identifier: Apache-2.0
// vireo log, and the cursors of it.

import EventModel
import Foundation
import TestSupport
import Testing

@Suite("vireo log", .needs(.root, .program("dbus-daemon")), .timeLimit(.minutes(5)))
struct LogTests {
  /// A hub with machines and a history of resets.
  private func hub(resets: Int = 20) async throws -> TestHub {
    let hub = try await TestHub()
    await hub.addMachine("web01")
    await hub.addMachine("db1")
    for number in 0..<resets {
      await hub.publish(.vmReset, number % 2 == 0 ? "web01" : "db1", data: ["reason": .string("number-\(number)")])
    }
    return hub
  }

  private func reasons(_ result: ToolResult) throws -> [String] {
    try #require(result.isSuccess, "\(result)")
    return try result.lines.compactMap { try TestJSON(parsing: $0)["data"]?["reason"]?.string }
  }

  @Test func `it shows everything in order, and lines fit into a hundred columns`() async throws {
    let hub = try await hub()
    await hub.publish(.vmReset, data: ["reason": .string(String(repeating: "long ", count: 50))])
    let result = try await hub.vireo("log")
    #expect(result.lines.count == 25)
    #expect(result.lines[0].contains("hub.started"))
    #expect(result.lines.allSatisfy { $0.count <= 100 })
    #expect(try await hub.vireo("log", "--full").lines.last.map { $0.count > 200 } == true)
    let numbers = try await hub.vireo("log", "-ojson").lines.map { try TestJSON(parsing: $0)["sequence"]?.int }
    #expect(numbers == (1...25).map { Int64($0) })
  }

  @Test func `the hub and the tool filter together`() async throws {
    let hub = try await hub()
    func count(_ arguments: String...) async throws -> Int {
      let all = ["log", "-ojson"] + arguments
      return try await runTool(
        try Repository.program("vireo"), arguments: all, environment: hub.bus.environment
      ).lines.count
    }
    #expect(try await count("-t", "vm.reset") == 20)
    #expect(try await count("-t", "vm.re*,vm.added") == 22)
    #expect(try await count("-t", "reset", "-V", "web01") == 10)
    #expect(try await count("-V", "web*") == 11)
    #expect(try await count("-V", "web01", "-V", "db1") == 22)
    #expect(try await count("-V", "nobody") == 0)
    #expect(try await count("-p", "notice", "-V", "db1") == 10)
    #expect(try await count("-p", "debug..info", "-V", "db1") == 1)
    #expect(try await count("-g", "number-1[0-9]") == 10)
    #expect(try await count("-n", "3", "-V", "web01", "-g", "number") == 3)
    #expect(try await count("-U", "-1h") == 0)
  }

  @Test func `-r turns it round, whatever is filtered`() async throws {
    // More than one stretch, and more than one page of each.
    let hub = try await hub(resets: 0)
    for batch in 0..<5 {
      await hub.publish(
        (0..<460).map { number in
          EventDraft(
            .vmReset, subject: Subject(.vm, number % 2 == 0 ? "web01" : "db1"), source: Subject(.source, "qmp"),
            data: ["reason": .string("number-\(batch * 460 + number)")])
        })
    }
    func both(_ arguments: String...) async throws -> (forwards: [String], backwards: [String]) {
      func lines(_ more: [String]) async throws -> [String] {
        let result = try await runTool(
          try Repository.program("vireo"), arguments: ["log", "-ojson"] + arguments + more,
          environment: hub.bus.environment)
        try #require(result.isSuccess, "\(result)")
        return result.lines
      }
      return (try await lines([]), try await lines(["-r"]))
    }
    let all = try await both()
    #expect(all.forwards.count > 2300 && all.backwards == all.forwards.reversed())
    let some = try await both("-t", "vm.reset", "-V", "db1")
    #expect(some.forwards.count == 1150 && some.backwards == some.forwards.reversed())
    let few = try await both("-g", "number-7[0-9][0-9]")
    #expect(few.forwards.count == 100 && few.backwards == few.forwards.reversed())
    for count in ["0", "1", "3", "1500"] {
      let last = try await both("-n", count)
      #expect(last.forwards.count == Int(count) && last.backwards == last.forwards.reversed())
    }
    let none = try await both("-U", "-1h")
    #expect(none.forwards.isEmpty && none.backwards.isEmpty)
    #expect(try reasons(await hub.vireo("log", "-rn2", "-ojson", "-Vweb01")) == ["number-2298", "number-2296"])
    for arguments in [["-r", "-f"], ["-rf"], ["--follow", "--reverse", "-n1"]] {
      let result = try await runTool(
        try Repository.program("vireo"), arguments: ["log"] + arguments, environment: hub.bus.environment)
      #expect(result.status == .exited(64) && result.errors.contains("--reverse"), "\(result)")
    }
  }

  @Test func `-r with a cursor goes on after it, and leaves the cursor of the newest`() async throws {
    let hub = try await hub(resets: 3)
    let directory = try TemporaryDirectory()
    let arguments = ["log", "-r", "-ojson", "-q", "--show-cursor", "--cursor-file", directory.file("cursor")]
    func run() async throws -> ToolResult {
      try await runTool(try Repository.program("vireo"), arguments: arguments, environment: hub.bus.environment)
    }
    func reasons(_ result: ToolResult) throws -> [String] {
      try result.lines.filter { $0.hasPrefix("{") }.compactMap { try TestJSON(parsing: $0)["data"]?["reason"]?.string }
    }
    let first = try await run()
    #expect(try reasons(first) == ["number-2", "number-1", "number-0"], "\(first)")
    let head = await hub.head
    #expect(first.lines.last?.hasPrefix("-- cursor: ") == true && first.lines.last?.hasSuffix(":\(head)") == true)
    await hub.publish(.vmReset, data: ["reason": "later"])
    await hub.publish(.vmReset, data: ["reason": "last"])
    #expect(try reasons(await run()) == ["last", "later"])
    #expect(try reasons(await run()).isEmpty)
    // What is no longer held, or was of another journal, is told where it belongs: at the end.
    let foreign = "0123456789abcdef0123456789abcdef:7"
    let gap = try await hub.vireo("log", "-r", "-n2", "-ojson", "-q", "--after-cursor", foreign)
    #expect(gap.lines.count == 3 && gap.lines.last?.contains("journal-replaced") == true, "\(gap)")
  }

  @Test func `the largest event there can be is told in each form, and is none too large to pass on`() async throws {
    let hub = try await TestHub()
    let name = String(repeating: "n", count: 255)
    await hub.addMachine(name)
    let text = String(repeating: "\u{1}", count: 5400)
    await hub.publish([
      EventDraft(
        .vmQMP, subject: Subject(.vm, name), source: Subject(.source, "qmp"), data: ["event": .string(text)],
        raw: String(repeating: "\\", count: 12_000))
    ])
    for format in ["json", "export-cloudevents"] {
      let log = try await hub.vireo("log", "-t", "vm.qmp", "-o", format)
      #expect(log.isSuccess && log.lines.count == 1)
      // It is one of the largest, and 64 KiB is what each broker of CloudEvents has to pass on.
      let size = log.output.utf8.count
      #expect(size > 52 << 10 && size <= 64 << 10, "\(format): \(size)")
    }
    let stream = try await hub.vireo("monitor", "-n1", "-ojson", "--since", "-1h", "-t", "vm.qmp")
    #expect(try TestJSON(parsing: stream.output)["data"]?["event"]?.string == text, "\(stream.errors)")
  }

  @Test func `the last events are the last, whatever is filtered`() async throws {
    let hub = try await hub(resets: 40)
    #expect(try reasons(await hub.vireo("log", "-n", "2", "-ojson")) == ["number-38", "number-39"])
    #expect(try reasons(await hub.vireo("log", "-n2", "-Vweb01", "-ojson")) == ["number-36", "number-38"])
    #expect(try await hub.vireo("log", "-n", "0").output.isEmpty)
  }

  @Test func `a cursor file twice in a row prints each event once`() async throws {
    let hub = try await hub()
    let directory = try TemporaryDirectory()
    let arguments = ["log", "-ojson", "-q", "--cursor-file", directory.file("cursor")]
    func run() async throws -> [String] {
      try reasons(
        await runTool(try Repository.program("vireo"), arguments: arguments, environment: hub.bus.environment))
    }
    #expect(try await run().count == 20)
    #expect(try await run().isEmpty)
    await hub.publish(.vmReset, data: ["reason": "later"])
    #expect(try await run() == ["later"])
    #expect(try await run().isEmpty)
  }

  @Test func `cursors are printed, and taken up again`() async throws {
    let hub = try await hub()
    let shown = try await hub.vireo("log", "-n", "5", "-ocat", "--show-cursor").lines
    #expect(shown.count == 6)
    let line = try #require(shown.last)
    #expect(line.hasPrefix("-- cursor: "))
    let cursor = String(line.dropFirst("-- cursor: ".count))
    #expect(try await hub.vireo("log", "--after-cursor", cursor).output.isEmpty)
    #expect(try reasons(await hub.vireo("log", "-c", cursor, "-ojson")) == ["number-19"])
    #expect(try await hub.vireo("log", "-c", "nonsense").status == .exited(64))
  }

  @Test func `a cursor of another journal is a gap that is printed`() async throws {
    let hub = try await hub()
    let foreign = "0123456789abcdef0123456789abcdef:7"
    let lines = try await hub.vireo("log", "--after-cursor", foreign).lines
    #expect(lines.first == "-- gap: events may be missing (journal-replaced) --")
    #expect(lines.count == 25)
    let json = try await hub.vireo("log", "--after-cursor", foreign, "-ojson").lines
    #expect(json.first == #"{"gap":{"reason":"journal-replaced"}}"#)
  }

  @Test func `what is no longer held is a gap with its size`() async throws {
    var limits = MemoryLog.Limits()
    limits.events = 10
    let hub = try await TestHub(log: MemoryLog(limits: limits))
    await hub.addMachine("web01")
    let first = try await hub.vireo("log", "-n1", "--show-cursor").lines.last ?? ""
    for _ in 0..<100 { await hub.publish(.vmReset) }
    let cursor = String(first.dropFirst("-- cursor: ".count))
    let oldest =
      try await hub.vireo("log", "-ojson").lines.first.map { try TestJSON(parsing: $0)["sequence"]?.int ?? 0 } ?? 0
    let lines = try await hub.vireo("log", "--after-cursor", cursor).lines
    #expect(lines.first == "-- gap: \(oldest - 4) events lost, 4 to \(oldest - 1) (retention) --")
    // Nobody asked for what is gone here, so nothing is missing.
    #expect(try await hub.vireo("log").lines.first?.contains("gap") == false)
  }

  @Test func `more than one reply holds is read in full, exactly once`() async throws {
    let hub = try await TestHub()
    await hub.addMachine("web01")
    let text = String(repeating: "x", count: 900)
    let subject = Subject(.vm, "web01")
    let drafts = (0..<1500).map { number in
      EventDraft(
        .vmReset, subject: subject, source: .hub, data: ["reason": .string(text), "number": .int(number)])
    }
    await hub.publish(drafts)
    let numbers = try await hub.vireo("log", "-t", "vm.reset", "-ojson").lines.map {
      try TestJSON(parsing: $0)["data"]?["number"]?.int
    }
    #expect(numbers == (0..<1500).map { Int64($0) })
  }
}
