// SPDX-License-Identifier: Apache-2.0
// Migrations of a real QEMU: done, failed and cancelled, seen from both sides.

import EventModel
import QEMUSource
import TestSupport
import Testing

@Suite(.needs(.qemu)) struct RealMigrationTests {
  @Test func `a machine that moves is told on both sides, and its old process was not just told to quit`() async throws
  {
    let hub = try await LiveSource()
    let socket = hub.directory.file("migration")
    let source = try await RealMachine("source", machine: "pc", hub: hub, ["-m", "16"])
    let target = try await RealMachine(
      "target", machine: "pc", hub: hub, ["-m", "16", "-incoming", "unix:\(socket)"])
    #expect(await hub.machine("target")?.state == "inmigrate")
    try await source.qemu.execute("migrate", ["uri": .string("unix:\(socket)")])
    try await source.event(.vmMigrationStatus) { $0.data["status"] == "completed" }
    try await source.event(.vmStatePostmigrate)
    try await target.event(.vmStateRunning)
    let statuses = source.published.filter { $0.kind == .vmMigrationStatus }.compactMap { $0.data["status"]?.string }
    #expect(Array(statuses.prefix(2)) == ["setup", "active"])
    #expect(source.kinds.contains(.vmMigrationPass))
    #expect(source.kinds.contains(.vmStateFinishMigrate))
    #expect(await hub.machine("source")?[.migration] == "completed")
    try await source.agrees()
    try await target.agrees()
    try await source.qemu.quit()
    #expect(try await source.event(.vmStopped).data["cause"] == "migrated-away")
    try await target.qemu.quit()
    #expect(try await target.event(.vmStopped).data["cause"] == "qmp-quit")
  }

  @Test func `a migration that finds nobody fails, and the machine goes on`() async throws {
    let machine = try await RealMachine(machine: "pc", ["-m", "16"])
    let nobody = machine.hub.directory.file("nobody")
    // QEMU may refuse at once or fail a moment later.
    _ = try? await machine.qemu.execute("migrate", ["uri": .string("unix:\(nobody)")])
    try await machine.event(.vmMigrationStatus) { $0.data["status"] == "failed" }
    try await machine.qemu.execute("query-status")
    #expect(await machine.hub.machine("web")?.state == "running")
    try await machine.agrees()
    try await machine.qemu.quit()
    #expect(try await machine.event(.vmStopped).data["cause"] == "qmp-quit")
  }

  @Test func `a migration that is cancelled`() async throws {
    let machine = try await RealMachine(machine: "pc", ["-m", "64"])
    try await machine.qemu.execute("migrate-set-parameters", ["max-bandwidth": 4096])
    try await machine.qemu.execute("migrate", ["uri": "exec:cat > /dev/null"])
    try await machine.event(.vmMigrationStatus) { $0.data["status"] == "active" }
    try await machine.qemu.execute("migrate_cancel")
    try await machine.event(.vmMigrationStatus) { $0.data["status"] == "cancelled" }
    try await machine.agrees()
    #expect(await machine.hub.machine("web")?[.migration] == "cancelled")
    try await machine.qemu.quit()
  }
}
