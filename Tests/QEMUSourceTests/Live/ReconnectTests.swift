// SPDX-License-Identifier: Apache-2.0
// A monitor that is lost while its machine lives: unknown, never gone; and what changed meanwhile is found.

import EventModel
import Hub
import QEMUSource
import TestSupport
import Testing

@Suite struct ReconnectTests {
  private func start(_ hub: LiveSource, _ change: (inout QMPBehaviour) -> Void = { _ in }) async throws -> QMPPeer {
    var behaviour = QMPBehaviour(name: "web")
    change(&behaviour)
    let peer = try QMPPeer(.dials(hub.socket), behaviour).start()
    try await hub.settled("web")
    return peer
  }

  private func events(_ hub: LiveSource, from place: Int) -> [Event] { Array(hub.events.all[place...]) }

  @Test func `what changed while nobody looked becomes resync events behind one gap`() async throws {
    let hub = try await LiveSource { $0.limits.grace = .seconds(20) }
    let peer = try await start(hub) {
      $0.answers["query-block"] = .returns([
        ["device": "cd", "qdev": "cd0", "tray_open": false, "removable": true],
        ["device": "d0", "qdev": "blk0", "io-status": "ok", "inserted": ["node-name": "n0", "file": "/d0"]],
      ])
      $0.answers["query-jobs"] = .returns([["id": "j0", "type": "mirror", "status": "running"]])
    }
    let place = hub.events.count
    peer.change {
      $0.status = "io-error"
      $0.answers["query-balloon"] = .returns(["actual": 1_048_576])
      $0.answers["query-jobs"] = .returns([])
      $0.answers["query-migrate"] = .returns(["status": "failed"])
      $0.answers["qom-list"] = .returns([["name": "new0", "type": "child<virtio-net-pci>"]])
      $0.answers["query-block"] = .returns([
        ["device": "cd", "qdev": "cd0", "tray_open": true, "removable": true],
        ["device": "d0", "qdev": "blk0", "io-status": "nospace", "inserted": ["node-name": "n0", "file": "/d0"]],
      ])
    }
    peer.hangUp()
    let resynced = try await hub.event(.sourceResynced)
    let seen = events(hub, from: place)
    #expect(
      seen.map(\.kind) == [
        .sourceReconnected, .hubGap, .vmStateIOError, .vmBlockTray, .vmBlockIOError, .vmJobStatus, .vmMigrationStatus,
        .vmMemoryBalloon, .vmDeviceRemoved, .vmDeviceAdded, .sourceResynced,
      ])
    #expect(seen[2...9].allSatisfy { $0.origin == .resync })
    #expect(resynced.data["differences"] == .uint(8))
    let gap = seen[1]
    #expect(gap.subject == Subject(.vm, "web"))
    #expect(gap.data["reason"] == "monitor-down")
    #expect((gap.data["from"]?.string ?? "z") <= (gap.data["to"]?.string ?? ""))
    #expect(seen[5].data["status"] == "null")
    #expect(seen[4].data["noSpace"] == true)
    #expect(seen[8].data["device"] == "blk0")
    #expect(seen[9].data["device"] == "new0")
    let object = try #require(await hub.machine("web"))
    #expect(object.state == "io-error")
    #expect(object[.balloon] == .uint(1_048_576))
    #expect(object[.jobs] == [])
    #expect(object[.migration] == "failed")
  }

  @Test func `nothing changed, nothing told but the gap`() async throws {
    let hub = try await LiveSource { $0.limits.grace = .seconds(20) }
    let peer = try await start(hub)
    let place = hub.events.count
    peer.hangUp()
    let resynced = try await hub.event(.sourceResynced)
    #expect(events(hub, from: place).map(\.kind) == [.sourceReconnected, .hubGap, .sourceResynced])
    #expect(resynced.data["differences"] == .uint(0))
    let source = try #require(await hub.hub.object(resynced.subject))
    #expect(source[.reconnects] == .uint(1))
    #expect(source[.resyncs] == .uint(1))
  }

  @Test func `what was seen live is not found again`() async throws {
    let hub = try await LiveSource { $0.limits.grace = .seconds(20) }
    let peer = try await start(hub) { $0.answers["query-jobs"] = .returns([]) }
    // As in QEMU, what an event tells is so before it is told: a job that was told of is asked for from then on.
    peer.change {
      $0.answers["query-balloon"] = .returns(["actual": 4096])
      $0.answers["query-jobs"] = .returns([["id": "j1", "type": "mirror", "status": "created"]])
      $0.answers["qom-list"] = .returns([])
    }
    peer.emit("BALLOON_CHANGE", ["actual": 4096])
    peer.emit("JOB_STATUS_CHANGE", ["id": "j1", "status": "created"])
    peer.emit("DEVICE_DELETED", ["device": "blk0", "path": "/machine/peripheral/blk0"])
    try await hub.event(.vmDeviceRemoved)
    let place = hub.events.count
    peer.hangUp()
    try await hub.event(.sourceResynced)
    #expect(events(hub, from: place).map(\.kind) == [.sourceReconnected, .hubGap, .sourceResynced])
  }

  @Test func `a machine that stays away is unknown, not gone, and comes back`() async throws {
    let hub = try await LiveSource { $0.limits.grace = .milliseconds(50) }
    let peer = try await start(hub)
    let place = hub.events.count
    peer.stop()
    let unknown = try await hub.event(.vmStateUnknown, from: place)
    #expect(
      events(hub, from: place).map(\.kind) == [.sourceDown, .vmStateUnknown], "\(events(hub, from: place).map(\.data))")
    #expect(unknown.data["previous"] == "running")
    #expect(await hub.machine("web")?.state == "unknown")
    #expect(await hub.machine("web")?[.monitorState] == "lost")
    try peer.start()
    try await hub.event(.sourceResynced, from: place)
    #expect(
      events(hub, from: place).map(\.kind) == [
        .sourceDown, .vmStateUnknown, .sourceReconnected, .hubGap, .vmStateRunning, .sourceResynced,
      ])
    #expect(!hub.events.all.contains { $0.kind == .vmStopped })
  }

  @Test func `QEMU's last word decides where its process is not known`() async throws {
    let hub = try await LiveSource { $0.limits.grace = .milliseconds(50) }
    let peer = try await start(hub)
    peer.emit("SHUTDOWN", ["guest": true, "reason": "guest-shutdown"])
    try await hub.event(.vmShutdown)
    peer.stop()
    let stopped = try await hub.event(.vmStopped)
    #expect(stopped.data["cause"] == "guest-shutdown")
  }

  @Test func `a machine that stays after its shutdown is in that state, and its monitor's loss is no stop`()
    async throws
  {
    let hub = try await LiveSource { $0.limits.grace = .milliseconds(50) }
    let peer = try await start(hub)
    peer.change { $0.status = "shutdown" }
    peer.emit("SHUTDOWN", ["guest": true, "reason": "guest-shutdown"])
    peer.emit("STOP")
    try await hub.event(.vmStateShutdown)
    #expect(await hub.machine("web")?[.reason] == "guest-shutdown")
    peer.stop()
    try await hub.event(.vmStateUnknown)
    #expect(!hub.events.all.contains { $0.kind == .vmStopped })
  }

  @Test func `a monitor in the directory is dialled again with patience`() async throws {
    let hub = try await LiveSource(looksForMonitors: true) {
      $0.limits.grace = .seconds(20)
      $0.limits.firstRetry = .milliseconds(10)
    }
    let path = hub.directory.file("monitors/web.qmp")
    let peer = try QMPPeer(.listens(path), QMPBehaviour(name: "web")).start()
    try await hub.settled("web")
    let place = hub.events.count
    for round in 1...3 {
      peer.hangUp()
      try await hub.events.until("resync \(round)") { events in
        events[place...].filter { $0.kind == .sourceResynced }.count == round
      }
    }
    #expect(
      events(hub, from: place).map(\.kind)
        == Array(repeating: [.sourceReconnected, .hubGap, .sourceResynced], count: 3).flatMap { $0 })
  }

  @Test func `a QEMU that dials again before its first connection is seen to close is the same machine`() async throws {
    let hub = try await LiveSource { $0.limits.grace = .seconds(20) }
    let first = try await start(hub)
    let second = try QMPPeer(.dials(hub.socket), QMPBehaviour(name: "web")).start()
    try await hub.changes.first("it stands by") { $0.state == "spare" }
    let place = hub.events.count
    first.stop()
    try await hub.event(.sourceResynced)
    #expect(events(hub, from: place).map(\.kind) == [.sourceReconnected, .hubGap, .sourceResynced])
    second.emit("POWERDOWN")
    try await hub.event(.vmPowerdown)
    #expect(!hub.events.all.contains { $0.kind == .vmIdentityConflict })
  }
}
