// SPDX-License-Identifier: Apache-2.0
// vireo monitor, log --follow and wait: what happens, as it happens.

import EventModel
import Foundation
import TestSupport
import Testing

@Suite("vireo monitor", .needs(.root, .program("dbus-daemon")), .timeLimit(.minutes(5)))
struct MonitorTests {
  private func number(_ line: String) -> Int64? {
    (try? TestJSON(parsing: line))?["sequence"]?.int
  }

  private func cursor(_ hub: TestHub) async throws -> String {
    let line = try await hub.vireo("log", "-n1", "--show-cursor").lines.last ?? ""
    return String(line.dropFirst("-- cursor: ".count))
  }

  @Test(arguments: TestBus.Kind.allCases)
  func `each event is shown once and in order, however they come`(_ kind: TestBus.Kind) async throws {
    let hub = try await TestHub(kind)
    await hub.addMachine("web01")
    let monitor = try hub.start("monitor", "-ojson", "--after-cursor", try await cursor(hub))
    var expected: [UInt64] = []
    for _ in 0..<50 {
      expected += await hub.publish(
        (0..<40).map { _ in EventDraft(.vmReset, subject: Subject(.vm, "web01"), source: .hub) })
    }
    let last = Int64(expected.last ?? 0)
    try await monitor.output.first("the last event") { number($0) == last }
    #expect(monitor.output.all.compactMap(number) == expected.map { Int64($0) })
  }

  @Test func `without a beginning it begins now`() async throws {
    let hub = try await TestHub()
    await hub.addMachine("web01")
    let head = await hub.head
    let monitor = try hub.start("monitor", "-n", "1", "-ojson")
    while monitor.isRunning {
      await hub.publish(.vmReset)
      _ = try? await monitor.exit(within: .milliseconds(20))
    }
    #expect(monitor.status == .exited(0))
    let shown = try #require(monitor.output.all.first.flatMap(number))
    #expect(shown > Int64(head))
  }

  @Test func `log --follow shows the past and goes on without a gap, while events flow`() async throws {
    let hub = try await TestHub()
    await hub.addMachine("web01")
    let publisher = Task {
      for _ in 0..<400 {
        await hub.publish([EventDraft(.vmReset, subject: Subject(.vm, "web01"), source: .hub)])
      }
      return await hub.head
    }
    let log = try hub.start("log", "-f", "-n", "100000", "-ojson")
    let head = await publisher.value
    try await log.output.first("the last event") { number($0) == Int64(head) }
    #expect(log.output.all.compactMap(number) == Array(1...Int64(head)))
  }

  @Test func `it ends after a number of events, after a time, and by a signal as that signal`() async throws {
    let hub = try await TestHub()
    await hub.addMachine("web01")
    let three = try hub.start("monitor", "-n", "3", "-ocat", "-c", try await cursor(hub))
    for _ in 0..<5 { await hub.publish(.vmReset) }
    #expect(try await three.exit() == .exited(0))
    #expect(three.output.count == 3)
    #expect(try await hub.vireo("monitor", "--timeout", "50ms").status == .exited(0))
    let killed = try hub.start("log", "-f", "-n", "1000")
    try await killed.output.first("the past") { $0.contains("hub.started") }
    killed.signal(SIGINT)
    #expect(try await killed.exit() == .signalled(SIGINT))
  }

  @Test func `a reader that leaves ends it without a word, even while nothing happens`() async throws {
    let hub = try await TestHub()
    let program = try Repository.program("vireo")
    let result = try await runTool(
      "bash", "-c", "set -o pipefail; \(program) log -f | head -n 1", environment: hub.bus.environment)
    #expect(result.status == .exited(141), "\(result)")
    #expect(result.lines.count == 1)
    #expect(result.errors.isEmpty)
  }

  @Test func `a reader that stands still for a while misses nothing`() async throws {
    let hub = try await TestHub()
    await hub.addMachine("web01")
    let directory = try TemporaryDirectory()
    let fifo = directory.file("fifo")
    #expect(try await runTool("mkfifo", fifo).isSuccess)
    let program = try Repository.program("vireo")
    // The reader opens the pipe, and reads nothing until it is told to.
    let reader = try ChildProcess(
      "bash", ["-c", "exec 3<&0 <'\(fifo)'; read -r go <&3; exec cat"], options: .init(hasInput: true))
    let tool = try ChildProcess(
      "bash", ["-c", "exec '\(program)' log -f -n 100000 -ojson >'\(fifo)'"],
      options: .init(environment: hub.bus.environment))
    let text = String(repeating: "y", count: 500)
    for _ in 0..<20 {
      await hub.publish(
        (0..<100).map { _ in
          EventDraft(.vmReset, subject: Subject(.vm, "web01"), source: .hub, data: ["reason": .string(text)])
        })
    }
    let head = Int64(await hub.head)
    #expect(reader.output.count == 0)
    try reader.write("go\n")
    try await reader.output.first("the last event", within: .seconds(60)) { number($0) == head }
    #expect(reader.output.all.compactMap(number) == Array(1...head))
    #expect(tool.isRunning)
  }
}
