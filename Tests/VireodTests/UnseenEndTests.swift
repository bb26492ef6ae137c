// SPDX-License-Identifier: Apache-2.0
// Machines that end while no daemon is there: with the host, and by themselves.

import Foundation
import Glibc
import TestSupport
import Testing

@Suite(
  "vireod: ends that nobody saw", .timeLimit(.minutes(3)),
  .needs(.root, .qemu, .program("busctl"), .program("dbus-daemon")))
struct UnseenEndTests {
  private static let boot = "0f3c1b1e-6d63-4ff1-a33c-8d4d6f6f8d2a"

  /// Makes the record of the journal that of another boot of the host: the text is as long as the kernel's own.
  private func moveToAnotherBoot(_ hub: RunningHub) throws {
    let path = hub.directory.file("state") + "/lock"
    let record = try String(contentsOfFile: path, encoding: .utf8)
    let own = try String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8).prefix(36)
    try #require(record.contains("boot \(own)\n"), "\(record)")
    try record.replacing("boot \(own)\n", with: "boot \(Self.boot)\n").write(
      toFile: path, atomically: false, encoding: .utf8)
  }

  /// The history is read from end to end, over the numbers that a loss of power may have cost.
  private func tellsAll(_ hub: RunningHub, hasGap: Bool) async throws {
    let log = try await runTool(
      try Repository.program("vireo"), arguments: ["log", "-ojson"], environment: hub.bus.environment)
    #expect(log.isSuccess, "\(log)")
    let lines = try log.output.split(separator: "\n").map { try TestJSON(parsing: $0) }
    #expect(lines.compactMap { $0["kind"]?.string }.count { $0 == "hub.started" } == 2)
    #expect(lines.compactMap { $0["gap"]?["reason"]?.string } == (hasGap ? ["never-logged"] : []))
  }

  @Test(arguments: [SIGTERM, SIGKILL])
  func `a host that went down with its machines is named, and whether it did so in good order`(signal: CInt)
    async throws
  {
    let hub = try await RunningHub()
    let machine = RunningHub.root + "/vm/web01"
    let qemu = try await TestQEMU(.init(name: "web01", monitors: [.dials(hub.qmpSocket)]))
    try await hub.signal("vm.state.running", about: machine)
    hub.process.signal(signal)
    _ = try await hub.process.exit()
    try await qemu.process.kill()
    try moveToAnotherBoot(hub)

    let next = try await hub.restarted()
    // Before it there may be a gap, of the numbers that a loss of power may have cost.
    let last = try #require(try await next.property(machine, "VM", "LastEvent").int)
    let stopped = try #require(try await next.history(after: UInt64(last) - 1, subject: machine).first)
    #expect(stopped["kind"]?.string == "vm.stopped")
    #expect(stopped["data"]?["cause"]?.string == "host-reboot")
    #expect(stopped["origin"]?.string == "resync")
    #expect(stopped["severity"]?.string == (signal == SIGTERM ? "notice" : "warning"))
    let evidence = stopped["data"]?["evidence"]?.array?.compactMap(\.string) ?? []
    #expect(evidence.contains { $0.hasPrefix("kernel: ") && $0.contains(Self.boot) }, "\(evidence)")
    let order = signal == SIGTERM ? "hub: its last run ended in good order after" : "hub: its last run broke off after"
    #expect(evidence.contains { $0.hasPrefix(order) }, "\(evidence)")
    #expect(try await next.property(machine, "VM", "Cause").string == "host-reboot")
    #expect(try await next.property(machine, "VM", "State").string == "stopped")

    let why = try await runTool(
      try Repository.program("vireo"), arguments: ["why", "web01"], environment: next.bus.environment)
    #expect(why.isSuccess, "\(why)")
    #expect(why.output.contains("The host was started anew, and nobody saw how it ended before: host-reboot"))
    #expect(why.output.contains(Self.boot) && why.output.contains(order))
    #expect(why.output.contains("The hub did not see it happen"))
    try await tellsAll(next, hasGap: signal == SIGKILL)
    #expect(try await next.stop() == .exited(0))
  }

  @Test(
    .needs(all: UnitGroup.requirements + FakeSystemd.requirements),
    arguments: [(SIGTERM, true), (SIGKILL, true), (SIGKILL, false)])
  func `systemd is asked for the unit of a machine that ended between two runs, and heard of that life alone`(
    signal: CInt, isSameLife: Bool
  ) async throws {
    let hub = try await RunningHub(policy: .open)
    let machine = RunningHub.root + "/vm/web01"
    let group = try UnitGroup()
    var options = TestQEMU.Options(name: "web01", monitors: [.dials(hub.qmpSocket)])
    options.executable = try group.qemu(in: hub.directory)
    let qemu = try await TestQEMU(options)
    try await hub.signal("vm.state.running", about: machine)
    #expect(try await hub.property(machine, "VM", "Unit").string == group.unit)
    let systemd = try await FakeSystemd(on: hub.bus, group.unit, process: isSameLife ? qemu.pid : qemu.pid + 1)
    hub.process.signal(signal)
    _ = try await hub.process.exit()
    try await qemu.process.kill()

    let next = try await hub.restarted()
    let stopped = try await next.event("vm.stopped", of: machine)
    let evidence = stopped["data"]?["evidence"]?.array?.compactMap(\.string) ?? []
    let word = "systemd: \(group.unit) has the result oom-kill, main process ended by signal SIGKILL"
    #expect(evidence.contains(word) == isSameLife, "\(evidence) \(systemd.process.errorText)")
    #expect(evidence.contains { $0.hasPrefix("hub: it was down when the machine ended after 2") }, "\(evidence)")
    #expect(stopped["data"]?["cause"]?.string == (isSameLife ? "oom-kill" : "unknown"))
    #expect(stopped["data"]?["signal"]?.string == (isSameLife ? "SIGKILL" : nil))
    #expect(stopped["severity"]?.string == (isSameLife ? "error" : "warning"))
    #expect(stopped["origin"]?.string == "resync")
    #expect(try await next.property(machine, "VM", "Unit").string == group.unit)

    let why = try await runTool(
      try Repository.program("vireo"), arguments: ["why", "web01"], environment: next.bus.environment)
    #expect(why.isSuccess && why.output.contains(word) == isSameLife, "\(why)")
    try await systemd.process.kill()
    #expect(try await next.stop() == .exited(0))
  }
}

extension RunningHub {
  /// The event of a kind about a machine, once it is in the history; it may be older than the daemon's name on the bus.
  fileprivate func event(_ kind: String, of machine: String) async throws -> TestJSON {
    let end = ContinuousClock.now + Patience.standard
    while true {
      if let event = try await history(kinds: [kind], subject: machine).first { return event }
      try #require(ContinuousClock.now < end, "no \(kind) came")
    }
  }
}
