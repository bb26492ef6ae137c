// SPDX-License-Identifier: Apache-2.0
// The unit of a machine that ended while the hub was down: asked for like any other, with the age of what was known.

import EventLoop
import EventModel
import Hub
import QEMUSource
import SourceTestSupport
import TestSupport
import Testing

@Suite struct UnseenUnitTests {
  /// Machines whose process cannot be there: no number is so high.
  private func machine(_ changes: PropertyChanges = [:]) -> HubObject {
    var properties: PropertyChanges = [
      .name: "web", .state: "running", .monitorState: "connected", .processID: .uint(4_300_000), .startTime: .uint(1),
      .unit: "qemu@web.service",
    ]
    for (name, value) in changes { properties[name] = value }
    return HubObject(Subject(.vm, "web"), properties)
  }

  private func hub(
    _ object: HubObject, _ manager: HeldManager, lastRecorded: Timestamp?, reboot: HostReboot? = nil
  ) async throws -> LiveSource {
    let log = ReopenedLog(objects: [object], lastRecorded: lastRecorded, reboot: reboot)
    return try await LiveSource(log: log, units: manager)
  }

  private func aMinuteAgo() -> Timestamp { Timestamp(microseconds: Timestamp.now().microseconds - 60_000_000) }

  @Test func `nothing is told before the manager has said how the unit ended`() async throws {
    let manager = HeldManager()
    let hub = try await hub(machine(), manager, lastRecorded: aMinuteAgo())
    let question = try await manager.questions.first("the question") { _ in true }
    #expect(question.unit.rawValue == "qemu@web.service")
    #expect(question.process == 4_300_000)
    #expect(question.age >= .seconds(60))
    // Another one of the hub's turns, and all that it could tell by then.
    let other = try QMPPeer(.dials(hub.socket), QMPBehaviour(name: "db")).start()
    try await hub.event(.vmStateRunning)
    #expect(!hub.kinds(of: "web").contains("vm.stopped"))
    try await manager.answer(hub, "core-dump", .signalled(11))
    let stopped = try await hub.event(.vmStopped)
    #expect(stopped.data["cause"] == "crash")
    #expect(stopped.data["signal"] == "SIGSEGV")
    #expect(stopped.severity == .error)
    #expect(stopped.origin == .resync)
    let evidence = stopped.data["evidence"]?.list?.compactMap(\.string) ?? []
    #expect(
      evidence.prefix(2) == [
        "qmp: last state running",
        "systemd: qemu@web.service has the result core-dump, main process ended by signal SIGSEGV",
      ])
    #expect(evidence.last?.hasPrefix("hub: it was down when the machine ended after ") == true)
    #expect(manager.questions.count == 1)
    other.stop()
  }

  @Test func `a manager that knows nothing leaves it at that`() async throws {
    let manager = HeldManager()
    let hub = try await hub(machine(), manager, lastRecorded: aMinuteAgo())
    try await manager.questions.first("the question") { _ in true }
    try await manager.answer(hub, nil)
    #expect(try await hub.event(.vmStopped).data["cause"] == "unknown")
  }

  @Test func `a machine that lives again has its end told first, and once`() async throws {
    let manager = HeldManager()
    let hub = try await hub(machine(), manager, lastRecorded: aMinuteAgo())
    try await manager.questions.first("the question") { _ in true }
    let peer = try QMPPeer(.dials(hub.socket), QMPBehaviour(name: "web")).start()
    let running = try await hub.event(.vmStateRunning)
    let stopped = try await hub.event(.vmStopped)
    #expect(stopped.sequence < running.sequence)
    #expect(stopped.data["cause"] == "unknown")
    // The answer comes when nobody waits for it any more.
    try await manager.answer(hub, "oom-kill", .signalled(9))
    #expect(await hub.machine("web")?.state == "running")
    #expect(hub.kinds(of: "web").count { $0 == "vm.stopped" } == 1)
    peer.stop()
  }

  @Test func `a hub that ends while it waits tells what it knows`() async throws {
    let manager = HeldManager()
    let hub = try await hub(machine(), manager, lastRecorded: aMinuteAgo())
    try await manager.questions.first("the question") { _ in true }
    try await hub.onLoop { [source = hub.source] in source.assumeIsolated { $0.stop() } }
    #expect(try await hub.event(.vmStopped).data["cause"] == "unknown")
  }

  @Test func `where nothing ties the unit to that life it is not asked for`() async throws {
    let former = try #require(BootID("0f3c1b1e-6d63-4ff1-a33c-8d4d6f6f8d2a"))
    let current = try #require(BootID("7c1e6f0e-9d0f-4c8e-8a53-2b1f00c0ffee"))
    let reboot = HostReboot(from: former, to: current, isOrderly: true)
    let cases: [(PropertyChanges, Timestamp?, HostReboot?)] = [
      ([.unit: ""], aMinuteAgo(), nil), ([.unit: "no unit.service"], aMinuteAgo(), nil),
      ([.unit: "../../x.service"], aMinuteAgo(), nil), ([.unit: "user.slice"], aMinuteAgo(), nil),
      // An earlier run had lost sight of it, so it is not known how long it lived.
      ([.monitorState: "lost"], aMinuteAgo(), nil),
      ([.processID: .uint(1 << 40)], aMinuteAgo(), nil),
      ([:], nil, nil), ([:], Timestamp(microseconds: .min), nil), ([:], aMinuteAgo(), reboot),
    ]
    for (changes, lastRecorded, reboot) in cases {
      let manager = HeldManager()
      let hub = try await hub(machine(changes), manager, lastRecorded: lastRecorded, reboot: reboot)
      let stopped = try await hub.event(.vmStopped)
      #expect(stopped.data["cause"] == (reboot == nil ? "unknown" : "host-reboot"), "\(changes)")
      #expect(manager.questions.all.isEmpty, "\(changes)")
    }
  }
}
