// SPDX-License-Identifier: Apache-2.0
// Long work of a real QEMU, slowed down so that its way can be followed: a mirror, a dump, a migration.

import EventModel
import Foundation
import QEMUSource
import Synchronization
import TestSupport
import Testing

@Suite(.needs(.qemu)) struct RealProgressTests {
  private func hub() async throws -> LiveSource {
    try await LiveSource {
      $0.limits.progress = .milliseconds(50)
      $0.limits.dumpLook = .milliseconds(200)
    }
  }

  /// Each tenth at most once and in order, and more than one: nothing in between is told.
  private func expectTenths(_ machine: RealMachine, _ kind: EventKind) {
    let events = machine.published.filter { $0.kind == kind }
    let tenths = events.compactMap { $0.data["percent"]?.double }.map { Int($0 / 10) }
    #expect(tenths.count > 1 && tenths.count <= 9, "\(tenths)")
    #expect(zip(tenths, tenths.dropFirst()).allSatisfy { $0 < $1 }, "\(tenths)")
    for event in events {
      let (total, remaining) = (event.data["total"]?.uint ?? 0, event.data["remaining"]?.uint ?? 0)
      #expect(total > remaining)
    }
  }

  /// Waits until the machine's object shows work of that type that is as wanted.
  private func shows(
    _ machine: RealMachine, _ type: String, where matches: @escaping @Sendable (Fields) -> Bool
  ) async throws {
    let subject = machine.subject
    try await machine.hub.changes.first("\(type) is shown") { object in
      object.subject == subject
        && object[.jobs]?.list?.contains { $0.map.map { $0["type"] == .string(type) && matches($0) } ?? false } ?? false
    }
  }

  /// Waits until the machine's object shows no work.
  private func showsNothing(_ machine: RealMachine, from place: Int) async throws {
    let subject = machine.subject
    try await machine.hub.changes.first("no work is shown", from: place) { $0.subject == subject && $0[.jobs] == [] }
  }

  @Test func `a mirror with a limit of speed`() async throws {
    let machine = try await RealMachine(hub: try await hub())
    for node in ["source", "target"] {
      try await machine.qemu.execute(
        "blockdev-add", ["driver": "null-co", "node-name": .string(node), "size": 134_217_728])
    }
    try await machine.qemu.execute(
      "blockdev-mirror",
      ["job-id": "copy", "device": "source", "target": "target", "sync": "full", "speed": 33_554_432])
    try await shows(machine, "mirror") { work in
      work["id"] == "copy" && work["rate"]?.double ?? 0 > 0 && work["percent"]?.double ?? 0 > 0
        && work["remaining"]?.uint ?? 0 > 0
    }
    let place = machine.hub.changes.count
    try await machine.event(.vmBlockJobReady)
    expectTenths(machine, .vmBlockJobProgress)
    try await machine.qemu.execute("job-complete", ["id": "copy"])
    try await machine.event(.vmJobStatus) { $0.data["status"] == "null" }
    try await showsNothing(machine, from: place)
    try await machine.agrees()
    try await machine.qemu.quit()
  }

  @Test(arguments: [false, true])
  func `a dump into a pipe that is read as far as is shown`(isPaused: Bool) async throws {
    let machine = try await RealMachine(machine: "pc", hub: try await hub(), ["-m", "64"])
    if isPaused {
      // Of the dump of a machine that stands still QEMU tells only the end.
      try await machine.qemu.execute("stop")
      try await machine.event(.vmStatePaused)
    }
    let path = machine.hub.directory.file("pipe")
    #expect(unsafe mkfifo(path, 0o600) == 0)
    let ours = Descriptor(adopting: unsafe open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC))
    try await machine.qemu.execute(
      "dump-guest-memory", ["paging": false, "protocol": .string("file:\(path)"), "detach": true])
    // The pipe holds up QEMU; each quarter is let through when the one before is shown.
    for quarter in 1...3 {
      await drain(ours, bytes: 16 << 20)
      try await shows(machine, "dump") { $0["percent"]?.double ?? 0 > Double(quarter) * 25 - 5 }
    }
    let place = machine.hub.changes.count
    let isOver = Mutex(false)
    async let reading: Void = drain(ours, bytes: .max) { isOver.withLock(\.self) }
    defer { isOver.withLock { $0 = true } }
    try await machine.event(.vmDumpCompleted) { $0.data["status"] == "completed" }
    isOver.withLock { $0 = true }
    await reading
    expectTenths(machine, .vmDumpProgress)
    try await showsNothing(machine, from: place)
    try await machine.agrees()
    try await machine.qemu.quit()
  }

  @Test func `a migration from one QEMU to another with a limit of bandwidth`() async throws {
    let hub = try await hub()
    let socket = hub.directory.file("migration")
    // Memory that is not empty: pages of zeros cost no bandwidth.
    let content = hub.directory.file("content")
    var bytes = [UInt8](repeating: 0, count: 24 << 20)
    for place in stride(from: 0, to: bytes.count, by: 512) { bytes[place] = UInt8(truncatingIfNeeded: place >> 9) | 1 }
    try Data(bytes).write(to: URL(fileURLWithPath: content))
    let source = try await RealMachine(
      "source", machine: "pc", paused: true, hub: hub,
      ["-m", "32", "-device", "loader,file=\(content),addr=0x400000,force-raw=on"])
    let target = try await RealMachine(
      "target", machine: "pc", hub: hub, ["-m", "32", "-incoming", "unix:\(socket)"])
    try await source.qemu.execute("migrate-set-parameters", ["max-bandwidth": 12_582_912])
    try await source.qemu.execute("migrate", ["uri": .string("unix:\(socket)")])
    try await shows(source, "migration") { work in
      work["status"] == "active" && work["rate"]?.double ?? 0 > 0 && work["percent"]?.double ?? 0 > 0
        && work["remaining"]?.uint ?? 0 > 0 && work["expectedDowntime"] != nil
    }
    let place = hub.changes.count
    try await source.event(.vmMigrationStatus) { $0.data["status"] == "completed" }
    expectTenths(source, .vmMigrationProgress)
    try await showsNothing(source, from: place)
    try await source.agrees()
    try await source.qemu.quit()
    try await target.qemu.quit()
  }
}

/// Reads and forgets so many bytes, or until it is over or takes too long; in a thread of its own, since it waits.
private func drain(
  _ descriptor: Descriptor, bytes: Int, until isOver: @escaping @Sendable () -> Bool = { false }
) async {
  await withCheckedContinuation { continuation in
    Thread {
      var rest = bytes
      let deadline = ContinuousClock.now + Patience.standard
      while rest > 0, !isOver(), ContinuousClock.now < deadline {
        descriptor.waitUntilReadable(within: .milliseconds(50))
        if case .bytes(let bytes) = descriptor.read() { rest -= bytes.count }
      }
      continuation.resume()
    }.start()
  }
}
