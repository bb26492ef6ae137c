// SPDX-License-Identifier: Apache-2.0
// Machines that an earlier run of the hub knew: the same, changed, gone, and taken by a restart of the host.

import EventLoop
import EventModel
import Hub
import QEMUSource
import SourceTestSupport
import TestSupport
import Testing

@Suite struct RestoredMachineTests {
  @Test(.needs(.qemu)) func `a hub that begins again finds its machines: the same, changed, and gone`() async throws {
    let directory = try TemporaryDirectory()
    var first: LiveSource? = try await LiveSource(in: directory)
    let socket = try #require(first?.socket)
    let same = try await TestQEMU(.init(name: "same", monitors: [.dials(socket)]))
    let changed = try await TestQEMU(.init(name: "changed", monitors: [.dials(socket)]))
    let gone = try await TestQEMU(.init(name: "gone", monitors: [.dials(socket)]))
    for name in ["same", "changed", "gone"] { try await first?.settled(name) }
    let objects = await first?.hub.objects(.vm) ?? []
    #expect(objects.count == 3)
    let source = first?.source
    await source?.stop()
    first = nil
    try await changed.execute("stop")
    try await gone.process.kill()

    let second = try await LiveSource(log: ReopenedLog(objects: objects), in: directory)
    let stopped = try await second.event(.vmStopped)
    #expect(stopped.name == "gone")
    #expect(stopped.origin == .resync)
    #expect(stopped.data["cause"] == "unknown")
    #expect(
      stopped.data["evidence"] == .strings(["qmp: last state running", "hub: it was down when the machine ended"]))
    let paused = try await second.event(.vmStatePaused)
    #expect(paused.name == "changed")
    #expect(paused.origin == .resync)
    #expect(paused.data["previous"] == "running")
    try await second.event(.sourceUp) { $0.name == "qmp:same" }
    #expect(!second.events.all.contains { $0.kind == .vmAdded || $0.kind == .vmStateUnknown })
    #expect(second.events.all.filter { $0.kind.state != nil }.map(\.name) == ["changed"])
    #expect(await second.machine("same")?[.processID] == .uint(UInt64(same.pid)))
  }

  @Test func `a machine that does not come back is unknown, and forgotten after its time`() async throws {
    let old = HubObject(Subject(.vm, "web"), [.name: "web", .state: "running"])
    let hub = try await LiveSource(log: ReopenedLog(objects: [old])) { options in
      options.limits.graceAfterShutdown = .milliseconds(50)
      options.retention = .milliseconds(50)
    }
    let unknown = try await hub.event(.vmStateUnknown)
    #expect(unknown.subject == Subject(.vm, "web"))
    try await hub.event(.vmRemoved)
  }

  private func reboot(isOrderly: Bool) throws -> HostReboot {
    let former = try #require(BootID("0f3c1b1e-6d63-4ff1-a33c-8d4d6f6f8d2a"))
    let current = try #require(BootID("7c1e6f0e-9d0f-4c8e-8a53-2b1f00c0ffee"))
    return try #require(HostReboot(from: former, to: current, isOrderly: isOrderly))
  }

  @Test(arguments: [true, false])
  func `where the host was started anew every machine that ran has ended, and the others are as they were`(
    isOrderly: Bool
  ) async throws {
    func machine(_ name: String, _ state: VMState, _ process: UInt64 = 0) -> HubObject {
      HubObject(
        Subject(.vm, name),
        [.name: .string(name), .state: .string(state.rawValue), .processID: .uint(process), .startTime: .uint(1)])
    }
    let objects = [
      // Its process was not known, as where it is in another namespace; its monitor was lost; it waited for its start.
      machine("seen", .running), machine("lost", .unknown, 4_000_000), machine("fresh", .prelaunch, 4_000_001),
      machine("never", .unknown), machine("old", .stopped),
    ]
    let log = ReopenedLog(
      objects: objects, lastRecorded: Timestamp(microseconds: 1_795_317_127_000_000),
      reboot: try reboot(isOrderly: isOrderly))
    let hub = try await LiveSource(log: log) { $0.limits.graceAfterShutdown = .milliseconds(50) }
    for name in ["seen", "lost", "fresh"] {
      let stopped = try await hub.event(.vmStopped) { $0.name == name }
      #expect(stopped.data["cause"] == "host-reboot")
      #expect(stopped.severity == (isOrderly ? .notice : .warning))
      #expect(stopped.origin == .resync)
      let evidence = stopped.data["evidence"]?.list?.compactMap(\.string) ?? []
      #expect(evidence.contains { $0.hasPrefix("kernel: ") && $0.contains("7c1e6f0e") && $0.contains("0f3c1b1e") })
      #expect(evidence.last?.contains(isOrderly ? "ended in good order after 2026" : "broke off after 2026") == true)
      #expect(await hub.machine(name)?[.processID] == .uint(0))
      #expect(await hub.machine(name)?[.cause] == "host-reboot")
    }
    // The one that never ran is waited for, and the one that had ended before ended then.
    try await hub.changes.first("nothing is known of it") {
      $0.name == "never" && $0[.monitorState] == "lost" && $0.state == "unknown"
    }
    #expect(hub.events.all.filter { $0.kind == .vmStopped }.count == 3)
  }

  @Test(.needs(.qemu)) func `after a restart of the host a process with the same number and start is another one`()
    async throws
  {
    let directory = try TemporaryDirectory()
    var first: LiveSource? = try await LiveSource(in: directory)
    let qemu = try await TestQEMU(.init(name: "web", monitors: [.dials(try #require(first?.socket))]))
    try await first?.settled("web")
    let objects = await first?.hub.objects(.vm) ?? []
    await first?.source.stop()
    first = nil

    let log = ReopenedLog(objects: objects, reboot: try reboot(isOrderly: false))
    let second = try await LiveSource(log: log, in: directory)
    let stopped = try await second.event(.vmStopped)
    #expect(stopped.data["cause"] == "host-reboot")
    // It dials, and is the next life of the machine.
    let running = try await second.event(.vmStateRunning)
    #expect(running.sequence > stopped.sequence)
    #expect(await second.machine("web")?[.processID] == .uint(UInt64(qemu.pid)))
    #expect(await second.machine("web")?[.cause] == "")
  }

  @Test func `a machine that is configured is not forgotten because it had stopped before`() async throws {
    let objects = ["web", "other"].map {
      HubObject(Subject(.vm, $0), [.name: .string($0), .state: "stopped"])
    }
    let directory = try TemporaryDirectory()
    let rig = try SourceRig(log: ReopenedLog(objects: objects))
    var options = QEMUOptions()
    options.retention = .milliseconds(50)
    let source = try QEMUSource(hub: rig.hub, options: options)
    // As the daemon begins: what the configuration names is added in the same turn.
    _ = try await rig.onLoop {
      source.assumeIsolated { $0.start() }
      return try source.addMachine(name: "web", monitorPath: directory.file("web.sock"), agentPath: "")
    }
    // Its time would have been over before.
    try await rig.event(.vmRemoved) { $0.name == "other" }
    #expect(await rig.object(Subject(.vm, "web")) != nil)
    #expect(!rig.events.all.contains { $0.kind == .vmRemoved && $0.name == "web" })
    rig.finish { source.assumeIsolated { $0.stop() } }
  }
}
