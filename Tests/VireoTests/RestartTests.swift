// SPDX-License-Identifier: Apache-2.0
// A daemon that ends, dies or is not there yet, under those who follow it.

import Foundation
import TestSupport
import Testing

@Suite("vireo and a daemon that comes and goes", .needs(.root, .program("dbus-daemon")), .timeLimit(.minutes(5)))
struct RestartTests {
  private func follow(_ bus: TestBus, _ arguments: String...) throws -> ChildProcess {
    try ChildProcess(
      try Repository.program("vireo"), arguments, options: .init(environment: bus.environment))
  }

  private func number(_ line: String) -> Int64? { (try? TestJSON(parsing: line))?["sequence"]?.int }

  private func kind(_ line: String) -> String? { (try? TestJSON(parsing: line))?["kind"]?.string }

  @Test func `a daemon that is restarted or killed costs nothing`() async throws {
    let bus = try await TestBus(.daemon, BusConfiguration(policy: .product))
    var daemon = try await TestDaemon(on: bus)
    // How long a restart takes is the machine's affair.
    let log = try follow(bus, "log", "-f", "-n", "100000", "-ojson", "--reconnect")
    try await log.output.first("the first start") { kind($0) == "hub.started" }
    for end in [SIGTERM, SIGKILL, SIGTERM] {
      let head = Int64(try await daemon.head())
      try await log.output.first("what there is") { (number($0) ?? 0) >= head }
      daemon.process.signal(end)
      _ = try await daemon.process.exit()
      daemon = try await TestDaemon(on: bus, directory: daemon.home)
      try await log.output.first("the next start") { kind($0) == "hub.started" && (number($0) ?? 0) > head }
    }
    let head = Int64(try await daemon.head())
    try await log.output.first("the end") { (number($0) ?? 0) >= head }
    #expect(Array(log.output.all.compactMap(number).prefix(Int(head))) == Array(1...head))
    #expect(log.isRunning)
    #expect(log.errorText.contains("-- the hub went away; waiting for it --"))
  }

  @Test func `a daemon that does not come back is told, and the status says so`() async throws {
    let bus = try await TestBus(.daemon, BusConfiguration(policy: .product))
    let daemon = try await TestDaemon(on: bus)
    let log = try follow(bus, "log", "-f", "-n", "1000", "-q", "-ocat")
    try await log.output.first("the start") { $0.contains("hub.started") }
    try await daemon.stop()
    #expect(try await log.exit() == .exited(1))
    // Quiet is without notices, not without errors.
    #expect(log.errorText == "vireo: the hub went away and did not come back (see --reconnect)\n")
  }

  @Test func `with --reconnect it waits for a daemon that is not there yet, and for a bus`() async throws {
    let bus = try await TestBus(.daemon, BusConfiguration(policy: .product))
    let log = try follow(bus, "log", "-f", "-n", "1000", "--reconnect", "-ocat")
    try await log.errors.first("the notice") { $0.contains("waiting for it") }
    let daemon = try await TestDaemon(on: bus)
    try await log.output.first("the start") { $0.contains("hub.started") }
    // Without it there is an answer at once.
    try await daemon.stop()
    let away = try await runTool(try Repository.program("vireo"), "monitor", environment: bus.environment)
    #expect(away.status == .exited(1) && away.errors.contains("vireod is not on the bus"))
    #expect(log.isRunning)
  }

  @Test func `a hub whose streams are all taken is followed all the same`() async throws {
    let bus = try await TestBus(.daemon, BusConfiguration(policy: .product))
    let daemon = try await TestDaemon(on: bus, settings: "subscriptions: {max-per-user: 1}\n")
    let logs = try (0..<3).map { _ in try follow(bus, "log", "-f", "-n", "1000", "-ojson") }
    for log in logs { try await log.output.first("the start") { kind($0) == "hub.started" } }
    for round in 1...3 {
      daemon.process.signal(SIGHUP)
      for log in logs {
        try await log.output.until("reload \(round)") { lines in
          lines.count { kind($0) == "hub.config.reloaded" } == round
        }
      }
    }
    let head = Int64(try await daemon.head())
    for log in logs {
      try await log.output.first("the end") { (number($0) ?? 0) >= head }
      #expect(Array(log.output.all.compactMap(number).prefix(Int(head))) == Array(1...head))
      #expect(log.isRunning && log.errorText.isEmpty, "\(log.errorText)")
    }
  }

  @Test func `who follows does not start a daemon that was stopped`() async throws {
    var configuration = BusConfiguration(policy: .product)
    let directory = try TemporaryDirectory()
    let touched = directory.file("activated")
    try directory.write(
      "[D-BUS Service]\nName=org.vireo.Hub1\nExec=/usr/bin/touch \(touched)\nUser=root\n",
      to: "org.vireo.Hub1.service")
    configuration.serviceDirectory = directory.path
    let bus = try await TestBus(.daemon, configuration)
    let daemon = try await TestDaemon(on: bus)
    let log = try follow(bus, "log", "-f", "-n", "1000", "-ocat")
    try await log.output.first("the start") { $0.contains("hub.started") }
    try await daemon.stop()
    #expect(try await log.exit() == .exited(1))
    #expect(!FileManager.default.fileExists(atPath: touched))
  }
}
