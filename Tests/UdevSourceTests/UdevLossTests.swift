// SPDX-License-Identifier: Apache-2.0
// Overruns, restarts, and an udevd that is absent, killed, or comes back.

import Foundation
import TestSupport
import Testing

@Suite("Devices: nothing is lost silently", .needsUdevd, .timeLimit(.minutes(3)))
struct UdevLossTests {
  @Test func `an overrun becomes one gap, and what was lost is found by comparing`() async throws {
    let rig = try await UdevRig(rules: "", "receive-buffer=16384", "subsystems=net")
    try await rig.namespace.ip("link add gone type ifb")
    try await rig.event("device.added", "gone")
    rig.probe.signal(SIGSTOP)
    try await rig.namespace.ip(
      batch: (1...300).map { "link add f\($0) type ifb" } + ["link del gone"], within: .seconds(60))
    let settled = try await rig.namespace.run("udevadm", "settle", "--timeout=60", within: .seconds(70))
    #expect(settled.isSuccess, "\(settled)")
    rig.probe.signal(SIGCONT)
    try await rig.event("source.resynced")
    let wanted = Set((1...300).map { "f\($0)" })
    try await rig.probe.output.until("300 devices") { lines in
      let names = lines.lazy.filter { $0.contains(#""kind":"device.added""#) }.compactMap { ProbeLine($0)?.name }
      return lines.count >= 300 && wanted.isSubset(of: names)
    }
    let gaps = rig.lines.filter { $0.kind == "hub.gap" }
    #expect(gaps.count == 1)
    #expect(gaps.first?.data?["reason"]?.string == "overrun")
    #expect(try await rig.event("device.removed", "gone").origin == "resync")
    let source = try #require(try await rig.source())
    #expect(source["State"]?.string == "up")
    #expect(source["Overruns"] != .int(0))
    // And it goes on.
    try await rig.namespace.ip("link del f1")
    #expect(try await rig.event("device.removed", "f1").origin == "live")
  }

  @Test func `after a restart what changed meanwhile is told, and nothing else`() async throws {
    let rig = try await UdevRig(rules: "", "subsystems=net")
    for name in ["stays", "goes", "changes"] {
      try await rig.namespace.ip("link add \(name) type ifb")
      try await rig.event("device.added", name)
    }
    try await rig.stop()
    try await rig.namespace.ip("link del goes")
    try await rig.namespace.ip("link add comes type ifb")
    try await rig.synthesize("change 11111111-2222-3333-4444-555555555555 MODE=new", "changes")
    let settled = try await rig.namespace.run("udevadm", "settle", "--timeout=30")
    #expect(settled.isSuccess, "\(settled)")
    let place = try await rig.restart()
    let told = rig.probe.output.all[place...].compactMap(ProbeLine.init).filter { $0.kind.hasPrefix("device.") }
    #expect(
      told.map { "\($0.kind) \($0.name)" }.sorted() == [
        "device.added comes", "device.changed changes", "device.removed goes",
      ])
    #expect(told.allSatisfy { $0.origin == "resync" })
    #expect(told.first { $0.kind == "device.removed" }?.data?["properties"]?["RIG_NAME"]?.string == "rig-goes")
    #expect(try await rig.event("source.resynced", from: place).data?["differences"] == .int(3))
  }

  @Test func `without udevd the kernel's own events are used, and that is said`() async throws {
    let rig = try await UdevRig(udevd: false, rules: "", "look-ms=20")
    let degraded = try await rig.event("source.degraded")
    #expect(degraded.data?["error"]?.string?.contains("udevd is not there") == true)
    try await rig.namespace.ip("link add v0 type veth peer name v1")
    let added = try await rig.event("device.added", "v0")
    #expect(added.data?["properties"]?["INTERFACE"]?.string == "v0")
    #expect(added.data?["properties"]?["RIG_NAME"] == nil)
    #expect(try await rig.source()?["State"]?.string == "degraded")
    // udevd comes.
    let place = rig.place
    try await rig.startUdevd()
    try await rig.event("source.up", from: place)
    try await rig.namespace.ip("link add w0 type veth peer name w1")
    try await rig.event("device.added", "w0", from: place) {
      $0.data?["properties"]?["RIG_NAME"]?.string == "rig-w0"
    }
  }

  @Test func `an udevd that ends is noticed, and one that comes back too`() async throws {
    let rig = try await UdevRig(rules: "", "look-ms=20")
    try await rig.endUdevd(SIGTERM)
    // systemd would keep the socket and start it again; here it is gone with it.
    _ = try await rig.namespace.run("rm", "-f", "/run/udev/control")
    var place = rig.place
    try await rig.namespace.ip("link add v0 type veth peer name v1")
    let added = try await rig.event("device.added", "v0", from: place)
    #expect(added.data?["properties"]?["RIG_NAME"] == nil)
    try await rig.event("source.degraded", from: place)
    place = rig.place
    try await rig.startUdevd()
    try await rig.event("source.up", from: place)
    try await rig.namespace.ip("link add w0 type veth peer name w1")
    try await rig.event("device.added", "w0", from: place) {
      $0.data?["properties"]?["RIG_NAME"]?.string == "rig-w0"
    }
  }

  @Test func `an udevd that is stuck delays no event for longer than patience lasts`() async throws {
    let rig = try await UdevRig(rules: "", "look-ms=20", "patience-ms=300")
    try await rig.endUdevd(SIGKILL)
    let place = rig.place
    try await rig.namespace.ip("link add v0 type veth peer name v1")
    try await rig.event("device.added", "v0", from: place)
    let degraded = try await rig.event("source.degraded", from: place)
    #expect(degraded.data?["error"]?.string?.contains("udevd does not answer") == true)
    #expect(rig.lines.filter { $0.kind == "device.added" && $0.name == "v0" }.count == 1)
  }

  @Test func `devices beyond the limit are left out, and the source says so`() async throws {
    let rig = try await UdevRig(rules: "", "subsystems=net", "max-devices=2")
    try await rig.namespace.ip(batch: (1...4).map { "link add f\($0) type ifb" })
    let degraded = try await rig.event("source.degraded")
    #expect(degraded.data?["error"]?.string == "more devices than the limit of 2 allows")
    #expect(try await rig.objects().filter { $0["Subsystem"] != nil }.count == 2)
  }
}
