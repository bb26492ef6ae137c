// SPDX-License-Identifier: Apache-2.0
// The end of a real QEMU in the group of a unit: its manager is asked, and heard before anything is told.

import EventLoop
import EventModel
import Foundation
import Glibc
import Hub
import QEMUSource
import TestSupport
import Testing

@Suite(.needs(all: UnitGroup.requirements, .qemu)) struct UnitEvidenceTests {
  private func qemu(_ group: UnitGroup, _ hub: LiveSource, _ name: String = "web", listens: Bool = false) async throws
    -> TestQEMU
  {
    var options = TestQEMU.Options(name: name)
    options.monitors = [listens ? .listens("\(hub.monitors)/\(name).qmp") : .dials(hub.socket)]
    options.executable = try group.qemu(in: hub.directory)
    return try await TestQEMU(options)
  }

  @Test func `nothing is told before the manager has said how the unit ended`() async throws {
    let (group, manager) = (try UnitGroup(), HeldManager())
    let hub = try await LiveSource(units: manager)
    let machine = try await qemu(group, hub)
    try await hub.settled("web")
    #expect(await hub.machine("web")?[.unit] == .string(group.unit))
    #expect(kill(machine.pid, SIGKILL) == 0)
    let question = try await manager.questions.first("the question") { _ in true }
    #expect(question.unit.rawValue == group.unit)
    #expect(question.process == machine.pid)
    #expect(!question.isUnitPopulated)
    #expect(question.age == .zero)
    try await machine.process.exit()
    // One more of everything that could tell it: the hub has long read all of the end by then.
    let other = try await TestQEMU(.init(name: "db", monitors: [.dials(hub.socket)]))
    try await hub.settled("db")
    #expect(!hub.kinds(of: "web").contains("vm.stopped"))
    let before = Timestamp.now()
    try await manager.answer(hub, "oom-kill", .signalled(9))
    let stopped = try await hub.event(.vmStopped)
    #expect(stopped.data["cause"] == "oom-kill")
    #expect(stopped.data["signal"] == "SIGKILL")
    let evidence = stopped.data["evidence"]?.list?.compactMap(\.string) ?? []
    #expect(
      evidence.last == "systemd: \(group.unit) has the result oom-kill, main process ended by signal SIGKILL",
      "\(evidence)")
    #expect(evidence.contains { $0.hasSuffix("ended by signal SIGKILL") && !$0.hasPrefix("systemd") })
    // It is told late, but it happened when it did.
    #expect(stopped.time < before)
    #expect(manager.questions.count == 1)
    _ = other
  }

  @Test func `a manager that knows nothing takes nothing away`() async throws {
    let (group, manager) = (try UnitGroup(), HeldManager())
    let hub = try await LiveSource(units: manager)
    let machine = try await qemu(group, hub)
    try await hub.settled("web")
    #expect(kill(machine.pid, SIGKILL) == 0)
    try await manager.questions.first("the question") { _ in true }
    try await manager.answer(hub, nil)
    let stopped = try await hub.event(.vmStopped)
    #expect(stopped.data["cause"] == "host-signal")
    #expect(stopped.data["evidence"]?.list?.contains { $0.string?.hasPrefix("systemd") ?? false } == false)
  }

  @Test(
    .needs(.probe("control groups of version 2", "grep -q ^0:: /proc/self/cgroup && grep -qw cgroup2 /proc/mounts")))
  func `the manager hears whether others live on in the unit`() async throws {
    let (group, manager) = (try UnitGroup(), HeldManager())
    let hub = try await LiveSource(units: manager)
    let machine = try await qemu(group, hub)
    let helper = try ChildProcess("sleep", ["infinity"])
    try group.add(helper.pid)
    try await hub.settled("web")
    #expect(kill(machine.pid, SIGKILL) == 0)
    #expect(try await manager.questions.first("the question") { _ in true }.isUnitPopulated)
    try await manager.answer(hub, nil)
    try await hub.event(.vmStopped)
    try await helper.kill()
  }

  @Test(arguments: [false, true])
  func `a machine that lives again has its end told first, and once`(listens: Bool) async throws {
    let (group, manager) = (try UnitGroup(), HeldManager())
    let hub = try await LiveSource(looksForMonitors: listens, units: manager) {
      $0.limits.firstRetry = .milliseconds(5)
      $0.limits.lastRetry = .milliseconds(50)
    }
    let first = try await qemu(group, hub, listens: listens)
    try await hub.settled("web")
    #expect(kill(first.pid, SIGKILL) == 0)
    try await manager.questions.first("the question") { _ in true }
    try await first.process.exit()
    let place = hub.events.count
    let second = try await qemu(group, hub, listens: listens)
    let running = try await hub.event(.vmStateRunning, from: place)
    let stopped = try await hub.event(.vmStopped)
    #expect(stopped.sequence < running.sequence)
    #expect(stopped.data["cause"] == "host-signal")
    // The answer comes when nobody waits for it any more.
    try await manager.answer(hub, "oom-kill", .signalled(9))
    #expect(await hub.machine("web")?[.processID] == .uint(UInt64(second.pid)))
    #expect(await hub.machine("web")?[.evidence]?.list?.isEmpty == true)
    #expect(hub.kinds(of: "web").count { $0 == "vm.stopped" } == 1)
    #expect(!hub.kinds(of: "web").contains("vm.state.unknown"))
  }

  @Test func `a hub that ends while it waits tells what it knows`() async throws {
    let (group, manager) = (try UnitGroup(), HeldManager())
    let hub = try await LiveSource(units: manager)
    let machine = try await qemu(group, hub)
    try await hub.settled("web")
    #expect(kill(machine.pid, SIGKILL) == 0)
    try await manager.questions.first("the question") { _ in true }
    try await machine.process.exit()
    try await hub.changes.first("its monitor is lost") { $0[.monitorState] == "lost" }
    // The kernel's word is there at once, and it is not waited for the manager's.
    try await hub.onLoop { [source = hub.source] in source.assumeIsolated { $0.stop() } }
    #expect(try await hub.event(.vmStopped).data["cause"] == "host-signal")
  }
}
