// SPDX-License-Identifier: Apache-2.0
// The tool on a terminal: colour, width, and the living screen of `top`.

import EventModel
import Foundation
import TestSupport
import Testing

@Suite("vireo on a terminal", .needs(.root, .program("dbus-daemon"), .program("setsid")), .timeLimit(.minutes(5)))
struct TerminalTests {
  private func terminal(
    _ hub: TestHub, rows: Int = 24, columns: Int = 80, environment: [String: String] = [:], _ arguments: String...
  ) throws -> PseudoTerminal {
    try PseudoTerminal(
      rows: rows, columns: columns, try Repository.program("vireo"), arguments,
      environment: hub.bus.environment.merging(["TZ": "UTC"]) { $1 }.merging(environment) { $1 })
  }

  @Test func `colour is there on a terminal, and not with NO_COLOR`() async throws {
    let hub = try await TestHub()
    await hub.addMachine("db1")
    await hub.publish(.vmBlockIOError, "db1")
    for (environment, isColored) in [(["NO_COLOR": ""], true), (["NO_COLOR": "1"], false), (["TERM": "dumb"], false)] {
      let terminal = try terminal(hub, environment: environment, "log")
      #expect(try await terminal.process.exit() == .exited(0))
      try await terminal.screens.end()
      #expect(terminal.now.shows("vm.block.io-error"))
      #expect((terminal.now.lookCount > 0) == isColored)
      #expect(terminal.now.unknown.isEmpty)
      #expect(!terminal.now.isAlternate)
    }
  }

  @Test func `that nothing was found is said to a person only`() async throws {
    let hub = try await TestHub()
    for (arguments, isTold) in [(["log", "-p", "critical"], true), (["log", "-q", "-p", "critical"], false)] {
      let terminal = try PseudoTerminal(
        try Repository.program("vireo"), arguments, environment: hub.bus.environment)
      #expect(try await terminal.process.exit() == .exited(0))
      try await terminal.screens.end()
      #expect(terminal.now.shows("-- No events --") == isTold)
    }
    let piped = try await hub.vireo("log", "-p", "critical")
    #expect(piped.isSuccess && piped.output.isEmpty && piped.errors.isEmpty)
  }

  @Test(arguments: [40, 72, 100, 140])
  func `a line of an event fits into the terminal`(columns: Int) async throws {
    let hub = try await TestHub()
    await hub.addMachine("web01")
    for _ in 0..<5 {
      await hub.publish(.vmReset, data: ["reason": .string(String(repeating: "word ", count: 60))])
    }
    let terminal = try terminal(hub, columns: columns, "log", "-t", "vm.reset")
    #expect(try await terminal.process.exit() == .exited(0))
    try await terminal.screens.end()
    // One row an event: nothing was wrapped.
    #expect(terminal.now.lines.filter { !$0.isEmpty }.count == 5)
    #expect(terminal.now.lines.allSatisfy { $0.count <= 100 })
  }

  @Test func `top shows machines, sources and events, and keeps up`() async throws {
    let hub = try await TestHub()
    await hub.addMachine("web01", [.agentState: "connected"])
    await hub.addMachine("db1", [.state: "io-error"])
    let terminal = try terminal(hub, columns: 110, "top")
    let first = try await terminal.screen("the machines") { screen in
      screen.lines.contains { $0.hasPrefix("web01") && $0.contains("running") && $0.contains("connected") }
        && screen.shows("Sources: 1 of 1 up") && screen.shows("vm.added")
    }
    #expect(first.isAlternate && !first.hasCursor)
    #expect(first.lines[0].contains("host.example") && first.lines[0].contains("2 VMs"))
    // What needs attention comes first.
    #expect(first.lines[2].hasPrefix("db1"))
    await hub.publish(.vmStatePaused, data: ["previous": "running"], changes: [.state: "paused"])
    try await terminal.screen("the pause") { screen in
      screen.lines.contains { $0.hasPrefix("web01") && $0.contains("paused") && $0.contains("vm.state.paused") }
    }
    await hub.addMachine("new1")
    try await terminal.screen("the new machine") { $0.lines.contains { $0.hasPrefix("new1") } }
    await hub.update(
      Subject(.vm, "web01"),
      [
        .jobs: [
          ["id": "j0", "type": "mirror", "percent": .double(52), "remaining": .uint(1 << 30), "rate": .double(1e8)]
        ]
      ])
    await hub.publish([])
    try await terminal.screen("the progress") { screen in
      screen.lines.contains {
        $0.contains("mirror j0") && $0.contains("[###########...........]") && $0.contains("52%")
      }
    }
    terminal.type("q")
    #expect(try await terminal.process.exit() == .exited(0))
    try await terminal.screens.end()
    #expect(!terminal.now.isAlternate && terminal.now.hasCursor)
    #expect(terminal.now.unknown.isEmpty)
  }

  /// The seconds of the day that the clock of a screen shows.
  private func clock(_ screen: TerminalScreen) -> Int? {
    let parts = screen.lines[0].suffix(8).split(separator: ":").compactMap { Int($0) }
    return parts.count == 3 ? parts[0] * 3600 + parts[1] * 60 + parts[2] : nil
  }

  @Test func `top redraws what changes and no more`() async throws {
    let hub = try await TestHub()
    for number in 0..<20 { await hub.addMachine("vm\(number)") }
    let terminal = try terminal(hub, rows: 50, columns: 160, "top")
    let whole = try await terminal.screen("all machines") { screen in
      (0..<20).allSatisfy { number in screen.lines.contains { $0.hasPrefix("vm\(number) ") && $0.contains("running") } }
    }
    // Ticks of the clock and nothing else: so many bytes each, however many come at once.
    let begin = try #require(clock(whole))
    let later = try await terminal.screen("ticks of the clock") { screen in
      clock(screen).map { ($0 - begin + 86_400) % 86_400 >= 3 } ?? false
    }
    let ticks = (try #require(clock(later)) - begin + 86_400) % 86_400
    let cost = later.byteCount - whole.byteCount
    #expect(cost < 1500 * (ticks + 1), "\(cost) bytes for \(ticks) ticks")
    #expect(whole.byteCount > 2000)
  }

  @Test func `top follows the size of the terminal`() async throws {
    let hub = try await TestHub()
    for number in 0..<60 { await hub.addMachine("vm\(100 + number)") }
    let terminal = try terminal(hub, rows: 20, columns: 80, "top")
    try await terminal.screen("the first machines") {
      $0.lines.contains { $0.hasPrefix("vm100") } && $0.shows("more VMs")
    }
    try terminal.resize(rows: 90, columns: 132)
    let large = try await terminal.screen("all machines") { screen in
      screen.lines.contains { $0.hasPrefix("vm159") }
    }
    #expect(!large.shows("more VMs"))
    try terminal.resize(rows: 5, columns: 20)
    let small = try await terminal.screen("a small screen") { $0.lines.contains { $0.hasPrefix(" host.example") } }
    #expect(small.unknown.isEmpty)
    terminal.type("q")
    #expect(try await terminal.process.exit() == .exited(0))
  }

  @Test func `top scrolls`() async throws {
    let hub = try await TestHub()
    for number in 0..<60 { await hub.addMachine("vm\(100 + number)") }
    let terminal = try terminal(hub, rows: 20, columns: 80, "top")
    try await terminal.screen("the first machines") { $0.lines.contains { $0.hasPrefix("vm100") } }
    terminal.type("\u{1B}[F")
    try await terminal.screen("the last machine") { $0.lines.contains { $0.hasPrefix("vm159") } }
    terminal.type("\u{1B}[H")
    try await terminal.screen("the first machine") { $0.lines[2].hasPrefix("vm100") }
    terminal.type("j")
    try await terminal.screen("the second machine") { $0.lines[2].hasPrefix("vm101") }
    terminal.type("q")
    #expect(try await terminal.process.exit() == .exited(0))
  }

  @Test func `a guest cannot draw on the screen of top`() async throws {
    let hub = try await TestHub()
    await hub.addMachine("evil\u{1B}[2J\u{9B}31m\r\n漢字")
    let terminal = try terminal(hub, columns: 120, "top")
    let screen = try await terminal.screen("the machine") { $0.shows("evil\\x1b[2J") }
    #expect(screen.unknown.isEmpty)
  }

  @Test func `top goes on when the terminal stood still, with the newest screen only`() async throws {
    let hub = try await TestHub()
    await hub.addMachine("web01")
    let terminal = try terminal(hub, rows: 50, columns: 160, "top")
    try await terminal.screen("the machine") { $0.lines.contains { $0.hasPrefix("web01") } }
    terminal.setReading(false)
    for number in 0..<2000 { await hub.publish(.vmReset, data: ["reason": .string("number-\(number)")]) }
    terminal.setReading(true)
    try await terminal.screen("the newest event") { $0.shows("number-1999") }
    terminal.type("q")
    #expect(try await terminal.process.exit() == .exited(0))
  }

  @Test func `top without a terminal says so`() async throws {
    let hub = try await TestHub()
    let result = try await hub.vireo("top")
    #expect(result.status == .exited(1))
    #expect(result.errors == "vireo: top needs a terminal; try vireo status\n")
  }
}
