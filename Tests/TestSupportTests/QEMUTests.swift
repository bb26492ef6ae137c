// SPDX-License-Identifier: Apache-2.0
// A real QEMU starts, obeys and ends; a fake one behaves like it.

import Foundation
import TestSupport
import Testing

@Suite(.needs(.qemu)) struct TestQEMUTests {
  @Test func `a real QEMU obeys the test's monitor, tells its events, and quits`() async throws {
    let qemu = try await TestQEMU(.init(name: "web01", uuid: "6f1c2b7e-0001-4000-8000-000000000001"))
    #expect(try await qemu.execute("query-name") == ["name": "web01"])
    try await qemu.execute("stop")
    try await qemu.execute("cont")
    try await qemu.events.until("STOP and RESUME") { $0.map(\.name) == ["STOP", "RESUME"] }
    #expect(try await qemu.quit() == .exited(0))
    #expect(!exists(qemu.pid))
    #expect(qemu.events.all.last?.data["reason"] == "host-qmp-quit")
  }

  @Test func `a command that QEMU refuses is an error with QEMU's words`() async throws {
    let qemu = try await TestQEMU()
    let error = await #expect(throws: QMPFailure.self) { try await qemu.execute("query-nothing") }
    #expect(error?.errorClass == "CommandNotFound")
  }

  @Test func `a QEMU that dials is connected when somebody listens, even if later than it started`() async throws {
    let directory = try TemporaryDirectory()
    let path = directory.file("hub")
    let qemu = try await TestQEMU(.init(monitors: [.dials(path)]))
    let hub = try QMPListener(at: path)
    let monitor = try await hub.monitors.atLeast(1)[0]
    try await monitor.negotiated()
    try await qemu.execute("stop")
    try await monitor.events.first("the event on the other monitor") { $0.name == "STOP" }
  }

  @Test func `a QEMU that listens serves a client, and its death closes it`() async throws {
    let directory = try TemporaryDirectory()
    let path = directory.file("monitor")
    let qemu = try await TestQEMU(.init(monitors: [.listens(path)]))
    let client = try QMPMonitor(try UnixSocket.connect(to: path))
    try await client.negotiated()
    #expect(client.version == qemu.monitor.version)
    try await qemu.process.kill()
    try await client.events.end("the end of the monitor")
  }

  @Test func `a port written by the human monitor makes a guest panic without a guest`() async throws {
    let qemu = try await TestQEMU(
      .init(
        machine: "pc", monitors: [],
        arguments: ["-accel", "tcg", "-m", "16", "-device", "pvpanic", "-action", "panic=pause"]))
    try await qemu.human("o /b 0x505 1")
    try await qemu.events.first("the panic") { $0.name == "GUEST_PANICKED" }
    #expect(try await qemu.execute("query-status")["status"] == "guest-panicked")
  }
}
