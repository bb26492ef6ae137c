// SPDX-License-Identifier: Apache-2.0
// Monitors whose sockets appear in the directory: before and after the hub began, held by others, and gone.

import EventModel
import Foundation
import Hub
import QEMUSource
import TestSupport
import Testing

@Suite(.needs(.qemu)) struct DirectoryMonitorTests {
  private func qemu(_ directory: TemporaryDirectory, _ name: String) async throws -> TestQEMU {
    try await TestQEMU(.init(name: name, monitors: [.listens(directory.file("monitors/\(name).qmp"))]))
  }

  @Test func `a socket that is there before the hub is found, and so is one that comes later`() async throws {
    let directory = try TemporaryDirectory()
    _ = try directory.directory("monitors")
    let early = try await qemu(directory, "early")
    let hub = try await LiveSource(in: directory, looksForMonitors: true)
    let added = try await hub.event(.vmAdded)
    #expect(added.subject == Subject(.vm, "early"))
    #expect(added.data["monitor"] == "directory")
    #expect(added.source == Subject(.source, "qmp:early.qmp"))
    #expect(await hub.machine("early")?[.monitorPath] == .string(directory.file("monitors/early.qmp")))
    let late = try await qemu(directory, "late")
    try await hub.event(.vmStateRunning) { $0.name == "late" }
    try await hub.settled("early")
    try await hub.settled("late")
    for (machine, name) in [(early, "early"), (late, "late")] {
      let place = hub.events.count
      try await machine.execute("stop")
      try await machine.execute("cont")
      try await machine.quit()
      let stopped = try await hub.event(.vmStopped, from: place)
      #expect(stopped.data["cause"] == "qmp-quit")
      #expect(
        Array(hub.events.all[place...]).map(\.kind) == [.vmStatePaused, .vmStateRunning, .vmShutdown, .vmStopped])
      #expect(stopped.name == name)
    }
  }

  @Test func `a machine that starts again at the same path is found again`() async throws {
    let hub = try await LiveSource(looksForMonitors: true)
    let first = try await qemu(hub.directory, "web")
    try await hub.settled("web")
    try await first.process.kill()
    let stopped = try await hub.event(.vmStopped)
    #expect(stopped.data["cause"] == "host-signal")
    // The socket of a killed QEMU stays behind; the new one takes its place.
    let place = hub.events.count
    let second = try await qemu(hub.directory, "web")
    let running = try await hub.event(.vmStateRunning, from: place)
    #expect(running.data["previous"] == "stopped")
    #expect(await hub.machine("web")?[.processID] == .uint(UInt64(second.pid)))
    #expect(!hub.events.all.contains { $0.kind == .sourceDown || $0.kind == .hubGap })
  }

  @Test func `a monitor that another client holds is busy, and served as soon as it is free`() async throws {
    let directory = try TemporaryDirectory()
    _ = try directory.directory("monitors")
    let machine = try await qemu(directory, "web")
    let other = try QMPMonitor(UnixSocket.connect(to: directory.file("monitors/web.qmp")))
    try await other.negotiated()
    let hub = try await LiveSource(in: directory, looksForMonitors: true) { options in
      options.limits.greeting = .milliseconds(100)
      options.limits.firstRetry = .milliseconds(50)
    }
    let busy = try await hub.event(.sourceBusy)
    #expect(busy.subject == Subject(.source, "qmp:web.qmp"))
    #expect(busy.severity == .warning)
    #expect(await hub.hub.object(busy.subject)?.state == "busy")
    other.close()
    let added = try await hub.event(.vmAdded)
    #expect(added.data["processID"] == .uint(UInt64(machine.pid)))
    #expect(await hub.hub.object(busy.subject)?.state == "up")
    #expect(hub.events.all.filter { $0.kind == .sourceBusy }.count == 1)
  }

  @Test func `files that are no monitors are left alone, and a socket that nobody serves is said to be down`()
    async throws
  {
    let directory = try TemporaryDirectory()
    _ = try directory.directory("monitors")
    try directory.write("no socket", to: "monitors/text.qmp")
    try directory.write("no socket", to: "monitors/text.txt")
    try directory.write("no socket", to: "monitors/.qmp")
    let hub = try await LiveSource(in: directory, looksForMonitors: true) { $0.limits.firstRetry = .milliseconds(10) }
    let down = try await hub.event(.sourceDown)
    #expect(down.subject == Subject(.source, "qmp:text.qmp"), "\(down.data)")
    #expect(down.data["error"]?.string?.contains("text.qmp") == true)
    let sources = await hub.hub.objects(.source).map(\.name)
    #expect(sources.sorted() == ["qmp-directory", "qmp-socket", "qmp:text.qmp"])
    try FileManager.default.removeItem(atPath: directory.file("monitors/text.qmp"))
    try await hub.changes.until("the source is gone") { _ in true }
    let machine = try await qemu(directory, "web")
    try await hub.event(.vmAdded)
    #expect(await hub.hub.object(down.subject) == nil)
    _ = machine
  }

  @Test func `a directory that goes away is made again and watched again`() async throws {
    let hub = try await LiveSource(looksForMonitors: true)
    try await hub.event(.sourceUp) { $0.name == "qmp-directory" }
    let place = hub.events.count
    try FileManager.default.removeItem(atPath: hub.monitors)
    try await hub.event(.sourceDown) { $0.name == "qmp-directory" }
    try await hub.event(.sourceUp, from: place) { $0.name == "qmp-directory" }
    let machine = try await qemu(hub.directory, "web")
    try await hub.event(.vmAdded)
    _ = machine
  }

  @Test func `a machine with two ways to it is one machine, and the second way takes over`() async throws {
    let hub = try await LiveSource(looksForMonitors: true)
    let path = hub.directory.file("monitors/web.qmp")
    let machine = try await TestQEMU(.init(name: "web", monitors: [.dials(hub.socket), .listens(path, id: "second")]))
    try await hub.settled("web")
    try await hub.changes.first("one stands by") { $0.state == "spare" }
    try await machine.execute("stop")
    try await machine.execute("cont")
    try await hub.event(.vmStateRunning) { $0.data["previous"] == "paused" }
    #expect(hub.events.all.filter { $0.kind == .vmStatePaused }.count == 1)
    #expect(hub.events.all.filter { $0.kind == .vmAdded }.count == 1)
    #expect(!hub.events.all.contains { $0.kind == .vmIdentityConflict })
  }
}
