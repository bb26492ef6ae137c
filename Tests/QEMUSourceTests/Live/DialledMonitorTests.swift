// SPDX-License-Identifier: Apache-2.0
// Real QEMUs that dial the hub: everything that an administrator does arrives as the right event, in order.

import EventModel
import Glibc
import Hub
import QEMUSource
import TestSupport
import Testing

@Suite(.needs(.qemu)) struct DialledMonitorTests {
  private func start(_ hub: LiveSource, name: String? = "web", uuid: String? = nil) async throws -> TestQEMU {
    let qemu = try await TestQEMU(.init(name: name, uuid: uuid, monitors: [.dials(hub.socket)]))
    let running = try await hub.event(.vmStateRunning)
    try await hub.settled(running.subject.key)
    return qemu
  }

  /// The events from a place on are of those kinds, and their numbers have no hole.
  private func expect(_ hub: LiveSource, from place: Int, _ kinds: [EventKind]) {
    let events = Array(hub.events.all[place...])
    #expect(events.map(\.kind) == kinds)
    let first = events.first?.sequence ?? 0
    #expect(events.map(\.sequence) == (0..<events.count).map { first + UInt64($0) })
  }

  @Test func `a machine that dials is added with its state`() async throws {
    let hub = try await LiveSource()
    let uuid = "0f0e0d0c-0b0a-4908-8706-050403020100"
    let qemu = try await TestQEMU(.init(name: "web", uuid: uuid, startsPaused: true, monitors: [.dials(hub.socket)]))
    let added = try await hub.event(.vmAdded)
    #expect(added.subject == Subject(.vm, uuid))
    #expect(added.name == "web")
    #expect(added.data["monitor"] == "dialled")
    #expect(added.data["processID"] == .uint(UInt64(qemu.pid)))
    let state = try await hub.event(.vmStatePrelaunch)
    #expect(state.origin == .resync)
    #expect(state.data["previous"] == "unknown")
    let object = try #require(await hub.machine(uuid))
    #expect(object[.uuid] == .string(uuid))
    #expect(object[.processID] == .uint(UInt64(qemu.pid)))
    #expect(object[.qemuVersion] == .string(qemu.monitor.version))
    #expect(object[.monitorState] == "connected")
    #expect(object.state == "prelaunch")
    #expect(Timestamp.now().microseconds - Int64(object[.startTime]?.uint ?? 0) < 60_000_000)
    let source = try #require(await hub.hub.object(state.source))
    #expect(source.state == "up")
    #expect(source[.kind] == "qmp")
  }

  @Test func `stop, cont, reset and quit arrive as they happen, without a hole`() async throws {
    let hub = try await LiveSource()
    let qemu = try await start(hub)
    let place = hub.events.count
    for command in ["stop", "cont", "system_reset"] { try await qemu.execute(command) }
    try await qemu.quit()
    let stopped = try await hub.event(.vmStopped)
    expect(hub, from: place, [.vmStatePaused, .vmStateRunning, .vmReset, .vmShutdown, .vmStopped])
    let events = Array(hub.events.all[place...])
    #expect(events.map(\.subject) == Array(repeating: Subject(.vm, "web"), count: 5))
    #expect(events.map { $0.data["state"]?.string } == ["paused", "running", "running", "running", "stopped"])
    #expect(events[0].data["previous"] == "running")
    #expect(events[2].data["guest"] == false)
    #expect(events[2].data["reason"] == "host-qmp-system-reset")
    #expect(events[3].data["reason"] == "host-qmp-quit")
    #expect(events[0].origin == .live)
    #expect(events[0].time <= events[0].recorded)
    #expect(stopped.data["cause"] == "qmp-quit")
    #expect(stopped.origin == .derived)
    let object = try #require(await hub.machine("web"))
    #expect(object.state == "stopped")
    #expect(object[.cause] == "qmp-quit")
    #expect(object[.processID] == .uint(0))
    #expect(object[.monitorState] == "gone")
  }

  @Test(arguments: [SIGTERM, SIGINT, SIGHUP]) func `a signal that asks for the end is named`(_ signal: Int32)
    async throws
  {
    let hub = try await LiveSource()
    let qemu = try await start(hub)
    let place = hub.events.count
    qemu.process.signal(signal)
    let stopped = try await hub.event(.vmStopped)
    expect(hub, from: place, [.vmShutdown, .vmStopped])
    #expect(hub.events.all[place].data["reason"] == "host-signal")
    #expect(stopped.data["cause"] == "host-signal")
    #expect(stopped.data["evidence"]?.list?.first == "qmp: SHUTDOWN guest=false reason=host-signal")
    #expect(stopped.severity == .notice)
  }

  @Test(arguments: [(SIGKILL, "host-signal", "SIGKILL", Severity.notice), (SIGSEGV, "crash", "SIGSEGV", .error)])
  func `an end without a word is explained by the kernel`(
    _ signal: Int32, _ cause: String, _ name: String, _ severity: Severity
  ) async throws {
    let hub = try await LiveSource()
    let qemu = try await start(hub)
    let place = hub.events.count
    qemu.process.signal(signal)
    let stopped = try await hub.event(.vmStopped)
    expect(hub, from: place, [.vmStopped])
    #expect(stopped.data["cause"] == .string(cause))
    #expect(stopped.data["signal"] == .string(name))
    #expect(stopped.severity == severity)
    #expect(stopped.data["evidence"]?.list?.contains("qmp: no SHUTDOWN before the monitor closed") == true)
  }

  @Test func `a machine that starts again is the same machine`() async throws {
    let hub = try await LiveSource()
    let first = try await start(hub)
    try await first.quit()
    try await hub.event(.vmStopped)
    let place = hub.events.count
    let second = try await TestQEMU(.init(name: "web", monitors: [.dials(hub.socket)]))
    let running = try await hub.event(.vmStateRunning, from: place)
    #expect(running.subject == Subject(.vm, "web"))
    #expect(running.data["previous"] == "stopped")
    let object = try #require(await hub.machine("web"))
    #expect(object[.processID] == .uint(UInt64(second.pid)))
    #expect(object[.cause] == "")
    #expect(hub.events.all.filter { $0.kind == .vmAdded }.count == 1)
    #expect(!hub.events.all.contains { $0.kind == .hubGap || $0.kind == .vmIdentityConflict })
    try await hub.settled("web")
    // The first one announced its end; that says nothing about the second.
    try await second.execute("stop")
    try await hub.event(.vmStatePaused, from: place)
    #expect(!hub.events.all[place...].contains { $0.kind == .vmStateShutdown })
  }

  @Test func `two machines with one identity are two machines, and it is said`() async throws {
    let hub = try await LiveSource()
    let first = try await start(hub)
    let second = try await TestQEMU(.init(name: "web", monitors: [.dials(hub.socket)]))
    let conflict = try await hub.event(.vmIdentityConflict)
    #expect(conflict.data["other"] == .string(Subject(.vm, "web").objectPath))
    #expect(conflict.subject != Subject(.vm, "web"))
    #expect(conflict.name == "web")
    try await first.quit()
    let stopped = try await hub.event(.vmStopped)
    #expect(stopped.subject == Subject(.vm, "web"))
    try await second.execute("stop")
    let paused = try await hub.event(.vmStatePaused)
    #expect(paused.subject == conflict.subject)
  }

  @Test func `a machine without name and UUID is known by its process`() async throws {
    let hub = try await LiveSource()
    let qemu = try await start(hub, name: nil)
    let added = try await hub.event(.vmAdded)
    #expect(added.subject.key.hasPrefix("pid-\(qemu.pid)-"))
  }

  @Test func `a stopped machine is forgotten after its time`() async throws {
    let hub = try await LiveSource { $0.retention = .milliseconds(50) }
    let qemu = try await start(hub)
    try await qemu.quit()
    let removed = try await hub.event(.vmRemoved)
    #expect(removed.subject == Subject(.vm, "web"))
    #expect(removed.name == "web")
    #expect(await hub.machine("web") == nil)
  }

  @Test func `another time to stay known holds for machines that stopped before`() async throws {
    let hub = try await LiveSource()
    let qemu = try await start(hub)
    try await qemu.quit()
    try await hub.event(.vmStopped)
    await hub.source.setRetention(.milliseconds(1))
    try await hub.event(.vmRemoved)
  }
}
