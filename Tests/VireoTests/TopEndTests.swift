// SPDX-License-Identifier: Apache-2.0
// How `top` takes a terminal and gives it back, and how it meets a hub that goes and comes.

import EventModel
import Foundation
import TestSupport
import Testing

@Suite("vireo top: the terminal", .needs(.root, .program("dbus-daemon"), .program("setsid")), .timeLimit(.minutes(5)))
struct TopEndTests {
  private func top(_ hub: TestHub) async throws -> PseudoTerminal {
    // A shell stays behind and says how it finds the terminal.
    let script = "trap : INT QUIT HUP; '\(try Repository.program("vireo"))' top; stty -a"
    let terminal = try PseudoTerminal(
      rows: 24, columns: 110, "bash", ["-c", script],
      environment: hub.bus.environment.merging(["TZ": "UTC"]) { $1 })
    try await terminal.screen("the machine") { screen in
      screen.lines.contains { $0.hasPrefix("web01") && $0.contains("running") }
    }
    return terminal
  }

  private func expectRestored(_ terminal: PseudoTerminal) async throws {
    let screen = try await terminal.screen("what stty says") { $0.shows(" echo ") }
    #expect(screen.shows(" icanon ") && !screen.isAlternate && screen.hasCursor, "\(screen)")
    _ = try await terminal.process.exit()
  }

  @Test(arguments: [SIGINT, SIGQUIT, SIGTERM, SIGHUP])
  func `whatever signal ends it, the terminal is given back`(signal: CInt) async throws {
    let hub = try await TestHub()
    await hub.addMachine("web01")
    let terminal = try await top(hub)
    #expect(try terminal.isRaw && terminal.now.isAlternate)
    try terminal.signal(signal)
    try await expectRestored(terminal)
  }

  @Test(arguments: ["\u{3}", "\u{1C}", "q", "Q"])
  func `keys that end it give the terminal back`(key: String) async throws {
    let hub = try await TestHub()
    await hub.addMachine("web01")
    let terminal = try await top(hub)
    terminal.type(key)
    try await expectRestored(terminal)
  }

  @Test func `Ctrl-Z gives the terminal to the shell, and going on takes it again`() async throws {
    let hub = try await TestHub()
    await hub.addMachine("web01")
    let terminal = try await top(hub)
    terminal.type("\u{1A}")
    try await terminal.screen("the shell's screen") { !$0.isAlternate && $0.hasCursor }
    // A signal to go on that comes before the stop itself is lost.
    terminal.screens.removeAll()
    while !terminal.now.isAlternate {
      try terminal.signal(SIGCONT)
      _ = try? await terminal.screen("ours", within: .milliseconds(100)) { $0.isAlternate }
    }
    try await terminal.screen("the machine again") { screen in
      screen.isAlternate && !screen.hasCursor && screen.lines.contains { $0.hasPrefix("web01") }
    }
    #expect(try terminal.isRaw)
    terminal.type("q")
    #expect(try await terminal.process.exit() == .exited(0))
  }

  @Test func `a hub that goes away is told, and the next one is shown`() async throws {
    let hub = try await TestHub()
    await hub.addMachine("web01")
    let terminal = try await top(hub)
    await hub.stop()
    try await terminal.screen("the hub's leave") { $0.shows("the hub went away; waiting for it") }
    let next = try await TestHub(on: hub.bus)
    await next.addMachine("db1")
    let screen = try await terminal.screen("the next hub") { screen in
      screen.lines.contains { $0.hasPrefix("db1") } && !screen.shows("went away")
    }
    #expect(!screen.lines.contains { $0.hasPrefix("web01") })
    terminal.type("q")
    #expect(try await terminal.process.exit() == .exited(0))
  }
}
