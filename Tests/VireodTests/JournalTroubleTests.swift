// SPDX-License-Identifier: Apache-2.0
// The daemon when its journal is in trouble: disks that are full or take no writes, and damage.

import Foundation
import TestSupport
import Testing

@Suite(
  "vireod: a journal in trouble",
  .needs(.root, .mountNamespaces, .program("busctl"), .program("dbus-daemon"), .program("sqlite3")),
  .timeLimit(.minutes(5)))
struct JournalTroubleTests {
  @Test(arguments: TestBus.Kind.allCases)
  func `a full disk is told, costs nothing, and is recovered from without a restart`(_ kind: TestBus.Kind) async throws
  {
    let disk = try await SmallDisk(megabytes: 16)
    let hub = try await DistantHub(kind, on: disk)
    // The daemon may still be writing of its beginning, and then that is what finds the disk full.
    let before = try await hub.history().count
    try await disk.fill()
    let degraded = try await hub.reload(until: "hub.journal.degraded", after: before)
    #expect(degraded["data"]?["error"]?.string?.contains("full") == true)
    // It goes on: events come, are told as not durable, and can be asked for.
    _ = try await hub.reload(until: "hub.config.reloaded")
    try await hub.expectNoHole()
    try await disk.free()
    // Nothing else happens on this host.
    _ = try await hub.event("hub.journal.recovered")
    try await hub.expectNoHole()
    let all = try await hub.history()
    try await hub.kill()

    let again = try await DistantHub(on: hub.bus, disk)
    #expect(Array(try await again.history().prefix(all.count)) == all)
    try await again.expectNoHole()
    try await again.stop()
  }

  @Test(arguments: TestBus.Kind.allCases)
  func `a directory that takes no writes is told, and used as soon as it does`(_ kind: TestBus.Kind) async throws {
    let disk = try await SmallDisk(megabytes: 16)
    #expect(try await disk.shell("mkdir \(disk.file("state"))").isSuccess)
    try await disk.remount("ro")
    let hub = try await DistantHub(kind, on: disk)
    #expect(try await hub.history().contains { $0["kind"]?.string == "hub.journal.degraded" })
    try await disk.remount("rw")
    _ = try await hub.event("hub.journal.recovered")
    let before = try await hub.history()
    #expect(before.first?["kind"]?.string == "hub.started")
    try await hub.stop()
    let again = try await DistantHub(on: hub.bus, disk)
    #expect(Array(try await again.history().prefix(before.count)) == before)
    try await again.stop()
  }

  @Test(arguments: TestBus.Kind.allCases)
  func `a damaged journal is kept, and the one that follows says so`(_ kind: TestBus.Kind) async throws {
    let disk = try await SmallDisk(megabytes: 16)
    let hub = try await DistantHub(kind, on: disk)
    let before = try await hub.history()
    try await hub.stop()
    #expect(try await disk.shell("head -c 8192 /dev/urandom > \(disk.file("state"))/journal.db").isSuccess)
    let again = try await DistantHub(on: hub.bus, disk)
    let after = try await again.history()
    let first = try #require(after.first)
    #expect(first["kind"]?.string == "hub.journal.replaced")
    #expect(first["instance"]?.string != before.first?["instance"]?.string)
    let kept = try #require(first["data"]?["kept"]?.string)
    #expect(try await disk.shell("test -s \(disk.file("state"))/\(kept)").isSuccess)
    try await again.process.errors.first("the word of the log") { $0.contains("replaced") }
    try await again.stop()
  }

  @Test func `a journal of a newer version is refused and left as it is`() async throws {
    let disk = try await SmallDisk(megabytes: 16)
    let hub = try await DistantHub(.daemon, on: disk)
    try await hub.stop()
    let path = disk.file("state") + "/journal.db"
    let change = "INSERT INTO grdb_migrations VALUES ('9 of the future')"
    #expect(try await disk.shell("sqlite3 \(path) \"\(change)\" && sha256sum \(path) > \(disk.file("sum"))").isSuccess)
    let runtime = try TemporaryDirectory()
    let process = try DistantHub.process(on: hub.bus, disk, runtime)
    #expect(try await process.exit() == .exited(73))
    #expect(process.errorText.contains("newer version"))
    #expect(try await disk.shell("sha256sum --check \(disk.file("sum"))").isSuccess)
  }
}

/// A daemon whose state lies on a small disk.
private final class DistantHub: Sendable {
  let bus: TestBus
  let process: ChildProcess
  private let disk: SmallDisk
  private let runtime: TemporaryDirectory

  convenience init(_ kind: TestBus.Kind, on disk: SmallDisk) async throws {
    try await self.init(on: TestBus(kind, BusConfiguration(policy: .product)), disk)
  }

  init(on bus: TestBus, _ disk: SmallDisk) async throws {
    self.bus = bus
    self.disk = disk
    runtime = try TemporaryDirectory()
    process = try DistantHub.process(on: bus, disk, runtime)
    // It is there when it answers; until then the bus says that nobody has the name.
    while try await !call("ListSources").isSuccess { try #require(process.isRunning, "\(process.errorText)") }
  }

  static func process(on bus: TestBus, _ disk: SmallDisk, _ runtime: TemporaryDirectory) throws -> ChildProcess {
    let file = try runtime.write("log-level: debug\n", to: "vireo.yaml")
    return try disk.start(
      Repository.program("vireod"),
      [
        "--bus", bus.address, "--state-directory", disk.file("state"), "--runtime-directory", runtime.path,
        "--config", file,
      ])
  }

  private func call(_ member: String, _ arguments: String...) async throws -> ToolResult {
    try await runTool(
      "busctl",
      arguments: [
        "--address=\(bus.address)", "--json=short", "call", "org.vireo.Hub1", "/org/vireo/Hub1",
        "org.vireo.Hub1.Manager", member,
      ] + arguments)
  }

  /// The events after a number.
  func history(after: UInt64 = 0) async throws -> [TestJSON] {
    let result = try await call("GetEventsJSON", "tuass", "\(after)", "0", "0", "")
    try #require(result.isSuccess, "\(result)")
    let text = try #require(try TestJSON(parsing: result.output)["data"]?.array?.first?.string)
    return try text.split(separator: "\n").map { try TestJSON(parsing: $0) }
  }

  /// Makes it read a new configuration, each time an event, until one of a kind comes after a number: that of the last
  /// event when none is given.
  func reload(until kind: String, after number: Int? = nil) async throws -> TestJSON {
    let head = if let number { number } else { try await history().count }
    let levels = ["info", "debug"]
    for round in 0..<500 {
      try runtime.write("log-level: \(levels[round % 2])\n", to: "vireo.yaml")
      process.signal(SIGHUP)
      let news = try await history(after: UInt64(head))
      if let event = news.first(where: { $0["kind"]?.string == kind }) { return event }
      try #require(process.isRunning, "\(process.errorText)")
    }
    let state = try await disk.shell("df -k \(disk.file("")); ls -ls \(disk.file("")) \(disk.file("state"))").output
    throw WaitError.ended(awaited: kind, seen: "\(try await history(after: UInt64(head)).suffix(2)) \(state)")
  }

  /// Waits for an event of a kind, whenever it came.
  func event(_ kind: String) async throws -> TestJSON {
    let deadline = ContinuousClock.now + Patience.standard
    while ContinuousClock.now < deadline {
      if let event = try await history().first(where: { $0["kind"]?.string == kind }) { return event }
    }
    throw WaitError.deadline(awaited: kind, seen: "\(try await history().suffix(5))")
  }

  /// Holds the numbers of the history against each other.
  func expectNoHole(sourceLocation: SourceLocation = #_sourceLocation) async throws {
    let numbers = try await history().compactMap { $0["sequence"]?.int }
    #expect(numbers == Array(1...Int64(numbers.count)), sourceLocation: sourceLocation)
  }

  func kill() async throws { try await process.kill() }

  func stop() async throws {
    process.signal(SIGTERM)
    #expect(try await process.exit() == .exited(0))
  }
}
