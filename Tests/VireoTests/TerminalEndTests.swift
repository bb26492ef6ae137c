// SPDX-License-Identifier: Apache-2.0
// The tool on a terminal: readers that leave, terminals that hang up, and cursors from one run to the next.

import EventModel
import Foundation
import TestSupport
import Testing

@Suite(
  "vireo on a terminal: the end", .needs(.root, .program("dbus-daemon"), .program("setsid")), .timeLimit(.minutes(5)))
struct TerminalEndTests {
  /// A shell on a terminal, in which `$vireo` is the tool.
  private func shell(_ hub: TestHub, rows: Int = 60, _ script: String) throws -> PseudoTerminal {
    let variables = hub.bus.environment.merging(["TZ": "UTC", "vireo": try Repository.program("vireo")]) { $1 }
    return try PseudoTerminal(rows: rows, columns: 110, "bash", ["-c", script], environment: variables)
  }

  /// Publishes events until the screen is as described.
  private func publish(
    _ hub: TestHub, until awaited: String, on terminal: PseudoTerminal,
    where matches: @escaping @Sendable (TerminalScreen) -> Bool
  ) async throws {
    let begin = ContinuousClock.now
    while !matches(terminal.now) {
      try #require(ContinuousClock.now - begin < Patience.standard, "\(awaited): \(terminal.now)")
      await hub.publish(.vmReset, data: ["reason": "again"])
      _ = try? await terminal.screen(awaited, within: .milliseconds(100), where: matches)
    }
  }

  /// The numbers of `number-N` on a screen, from its top.
  private func numbers(_ screen: TerminalScreen) -> [Int] {
    screen.lines.compactMap { line in line.firstMatch(of: /number-([0-9]+)/).flatMap { Int($0.output.1) } }
  }

  private func publish(_ hub: TestHub, numbers: Range<Int>) async {
    for number in numbers { await hub.publish(.vmReset, data: ["reason": .string("number-\(number)")]) }
  }

  // MARK: A reader that leaves

  @Test(arguments: ["set -o pipefail", "set -m"])
  func `a reader that leaves ends it without a word on the terminal`(mode: String) async throws {
    let hub = try await TestHub()
    await hub.addMachine("web01")
    // Input and errors are the terminal, the output is the pipe.
    let terminal = try shell(hub, "\(mode); \"$vireo\" monitor | head -n 1; echo \"status ${PIPESTATUS[*]}\"")
    try await publish(hub, until: "the status", on: terminal) { $0.shows("status") }
    let lines = terminal.now.lines.filter { !$0.isEmpty }
    #expect(lines.count == 2 && lines[0].contains("vm.reset"), "\(terminal.now)")
    #expect(lines.last == "status 141 0")
    #expect(try await terminal.process.exit() == .exited(0))
  }

  // MARK: A terminal that hangs up

  @Test(arguments: ["monitor", "log -f", "monitor -o json"])
  func `a terminal that hangs up ends it without a word, as that signal does`(command: String) async throws {
    let hub = try await TestHub()
    await hub.addMachine("web01")
    let directory = try TemporaryDirectory()
    let (status, errors) = (directory.file("status"), directory.file("errors"))
    // The shell outlives the signal, and tells of the end that it sees.
    let script = "trap : HUP; \"$vireo\" \(command) 2>'\(errors)'; echo $? >'\(status)'"
    let terminal = try shell(hub, script)
    try await publish(hub, until: "an event", on: terminal) { $0.shows("vm.reset") }
    terminal.hangUp()
    _ = try await terminal.process.exit()
    #expect(try String(contentsOfFile: status, encoding: .utf8) == "\(128 + SIGHUP)\n")
    #expect(try String(contentsOfFile: errors, encoding: .utf8).isEmpty)
  }

  @Test func `a terminal that hangs up ends it even where the signal is ignored`() async throws {
    let hub = try await TestHub()
    await hub.addMachine("web01")
    let directory = try TemporaryDirectory()
    let (status, errors) = (directory.file("status"), directory.file("errors"))
    let terminal = try shell(hub, "trap '' HUP; \"$vireo\" monitor 2>'\(errors)'; echo $? >'\(status)'")
    try await publish(hub, until: "an event", on: terminal) { $0.shows("vm.reset") }
    terminal.hangUp()
    _ = try await terminal.process.exit()
    #expect(try String(contentsOfFile: status, encoding: .utf8) == "\(128 + SIGHUP)\n")
    #expect(try String(contentsOfFile: errors, encoding: .utf8).isEmpty)
  }

  @Test(.needs(.program("nohup")))
  func `with nohup it goes on when the terminal is gone`() async throws {
    let hub = try await TestHub()
    await hub.addMachine("web01")
    let directory = try TemporaryDirectory()
    let (events, status) = (directory.file("events"), directory.file("status"))
    let script = """
      trap : HUP; echo begun; nohup "$vireo" log -f -n 100 -ocat >'\(events)' 2>&1; echo $? >'\(status)'
      """
    let terminal = try shell(hub, script)
    let reader = try ChildProcess("tail", ["-n", "+1", "--retry", "-f", events])
    await publish(hub, numbers: 0..<1)
    try await reader.output.first("the event before") { $0.contains("number-0") }
    terminal.hangUp()
    // The kernel tells the shell, and a shell that people type in tells its jobs.
    try terminal.signal(SIGHUP)
    await publish(hub, numbers: 1..<2)
    try await reader.output.first("the event after") { $0.contains("number-1") }
    #expect(!FileManager.default.fileExists(atPath: status))
    try terminal.signal(SIGTERM)
    _ = try await terminal.process.exit()
    #expect(try String(contentsOfFile: status, encoding: .utf8) == "\(128 + SIGTERM)\n")
  }

  // MARK: Cursors

  @Test func `a cursor file twice in a row prints each event once, and none is missed between`() async throws {
    let hub = try await TestHub()
    await hub.addMachine("web01")
    let directory = try TemporaryDirectory()
    let file = directory.file("cursor")
    func run() async throws -> [Int] {
      let terminal = try shell(hub, "\"$vireo\" log --cursor-file '\(file)' -t vm.reset; echo status $?")
      try await terminal.screen("the end") { $0.shows("status 0") }
      #expect(try await terminal.process.exit() == .exited(0))
      return numbers(terminal.now)
    }
    await publish(hub, numbers: 0..<20)
    #expect(try await run() == Array(0..<20))
    #expect(try await run() == [])
    await publish(hub, numbers: 20..<27)
    #expect(try await run() == Array(20..<27))
    #expect(try await run() == [])
  }

  @Test func `a monitor with a cursor file that is interrupted goes on with the next event`() async throws {
    let hub = try await TestHub()
    await hub.addMachine("web01")
    let directory = try TemporaryDirectory()
    let script = "trap : INT; \"$vireo\" monitor --cursor-file '\(directory.file("cursor"))'; echo status $?"
    var seen: [Int] = []
    for round in 0..<4 {
      let terminal = try shell(hub, script)
      if round == 0 {
        // The first run begins now, and only an event tells that it has.
        try await publish(hub, until: "an event", on: terminal) { $0.shows("vm.reset") }
      }
      await publish(hub, numbers: (round * 10 + 5)..<(round * 10 + 10))
      let last = round * 10 + 9
      try await terminal.screen("the last event") { $0.shows("number-\(last)") }
      terminal.type("\u{3}")
      try await terminal.screen("the end") { $0.shows("status \(128 + SIGINT)") }
      _ = try await terminal.process.exit()
      seen += numbers(terminal.now)
      // What happens while nobody looks.
      await publish(hub, numbers: (round * 10 + 10)..<(round * 10 + 15))
    }
    #expect(seen == Array(5..<40))
  }

  @Test func `a monitor that is interrupted before its first event goes on where it began`() async throws {
    let hub = try await TestHub()
    await hub.addMachine("web01")
    let directory = try TemporaryDirectory()
    let file = directory.file("cursor")
    let script = "trap : INT; \"$vireo\" monitor --cursor-file '\(file)'; echo status $?"
    let first = try shell(hub, script)
    // It has begun when it holds a stream; nothing on the terminal tells of that.
    try await hub.metrics("the stream") { $0.contains("\nvireo_consumers{") }
    first.type("\u{3}")
    try await first.screen("the end") { $0.shows("status \(128 + SIGINT)") }
    await publish(hub, numbers: 0..<5)
    let second = try shell(hub, script)
    try await second.screen("the last event") { $0.shows("number-4") }
    #expect(numbers(second.now) == Array(0..<5))
    second.type("\u{3}")
    try await second.screen("the end") { $0.shows("status \(128 + SIGINT)") }
  }
}
