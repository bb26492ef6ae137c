// SPDX-License-Identifier: Apache-2.0
// Devices of a real kernel, with a real udevd.

import TestSupport
import Testing

@Suite("Devices: what happens to them", .needsUdevd, .timeLimit(.minutes(2)))
struct DeviceEventTests {
  @Test func `a device comes with what udev knows of it, and goes with the same`() async throws {
    let rig = try await UdevRig()
    try await rig.namespace.ip("link add v0 type veth peer name v1")
    let added = try await rig.event("device.added", "v0")
    #expect(added.origin == "live")
    #expect(added.data?["subsystem"]?.string == "net")
    #expect(added.data?["properties"]?["RIG_NAME"]?.string == "rig-v0")
    #expect(added.data?["properties"]?["TAGS"]?.string == ":rig:")
    let device = try #require(try await rig.net("v0"))
    #expect(device["Capability"]?.string == "net")
    #expect(device["SysPath"]?.string == "/sys/devices/virtual/net/v0")
    #expect(device["Details"]?["interface"]?.string == "v0")
    #expect(device["State"]?.string == "present")
    try await rig.namespace.ip("link del v0")
    let removed = try await rig.event("device.removed", "v0")
    #expect(removed.subject == added.subject)
    #expect(removed.data?["properties"]?["RIG_NAME"]?.string == "rig-v0")
    #expect(try await rig.net("v0") == nil)
    // The kernel tells of queues too; they are noise.
    #expect(!rig.lines.contains { $0.data?["subsystem"]?.string == "queues" })
  }

  @Test func `a device's type and what sysfs says of it are part of it`() async throws {
    let rig = try await UdevRig()
    try await rig.namespace.ip("link add br0 address 52:54:00:00:00:09 type bridge")
    try await rig.event("device.added", "br0") { $0.data?["deviceType"]?.string == "bridge" }
    try await rig.event("learned", "br0") { $0.json["details"]?["address"]?.string == "52:54:00:00:00:09" }
    #expect(try await rig.net("br0")?["Details"]?["address"]?.string == "52:54:00:00:00:09")
  }

  @Test func `a change says what changed`() async throws {
    let rig = try await UdevRig()
    try await rig.namespace.ip("link add v0 type veth peer name v1")
    try await rig.event("device.added", "v0")
    try await rig.synthesize("change 11111111-2222-3333-4444-555555555555 MODE=first", "v0")
    let first = try await rig.event("device.changed", "v0")
    #expect(first.data?["changes"]?["RIG_MODE"]?.string == "first")
    #expect(first.data?["changes"]?["SYNTH_ARG_MODE"]?.string == "first")
    #expect(first.data?["previous"] == nil)
    let place = rig.place
    try await rig.synthesize("change 11111111-2222-3333-4444-555555555555 MODE=second", "v0")
    let second = try await rig.event("device.changed", "v0", from: place)
    #expect(second.data?["changes"]?["RIG_MODE"]?.string == "second")
    #expect(second.data?["previous"]?["RIG_MODE"]?.string == "first")
    #expect(try await rig.net("v0")?["Properties"]?["RIG_MODE"]?.string == "second")
    #expect(try await rig.net("v0")?["Properties"]?["SYNTH_ARG_MODE"] == nil)
    // A change in which nothing that has a name changed is told, but as a detail.
    let last = rig.place
    try await rig.synthesize("change", "v1")
    let empty = try await rig.event("device.changed", "v1", from: last)
    #expect(empty.json["severity"]?.string == "debug")
  }

  @Test(arguments: [
    ("bind", "device.bound"), ("unbind", "device.unbound"), ("offline", "device.offline"), ("online", "device.online"),
  ])
  func `the kernel's words have kinds of their own`(word: String, kind: String) async throws {
    let rig = try await UdevRig()
    try await rig.namespace.ip("link add v0 type veth peer name v1")
    try await rig.event("device.added", "v0")
    try await rig.synthesize("\(word) 11111111-2222-3333-4444-555555555555", "v0")
    let event = try await rig.event(kind, "v0")
    #expect(event.data?["state"]?.string == (word == "offline" ? "offline" : "present"))
  }

  @Test func `a device that is renamed moves, and keeps what is known of it`() async throws {
    let rig = try await UdevRig()
    try await rig.namespace.ip("link add v0 type veth peer name v1")
    let added = try await rig.event("device.added", "v0")
    try await rig.namespace.ip("link set v0 name uplink")
    let moved = try await rig.event("device.moved", "uplink")
    #expect(moved.data?["previous"]?.string == "/sys/devices/virtual/net/v0")
    #expect(moved.subject != added.subject)
    #expect(try await rig.net("v0") == nil)
    #expect(try await rig.net("uplink")?["SysPath"]?.string == "/sys/devices/virtual/net/uplink")
  }

  @Test func `the objects are what udevadm lists`() async throws {
    let rig = try await UdevRig()
    try await rig.namespace.ip("link add v0 type veth peer name v1")
    try await rig.namespace.ip("link add br0 type bridge")
    for name in ["v0", "v1", "br0"] { try await rig.event("device.added", name) }
    try await rig.stop()
    let place = try await rig.restart()
    let resynced = try await rig.event("source.resynced", from: place)
    // What the list says and what the events said is the same, to the letter.
    let told = rig.lines.filter {
      $0.kind.hasPrefix("device.") && $0.data?["subsystem"]?.string == "net" && $0.origin == "resync"
    }
    #expect(told.isEmpty, "\(told) \(resynced)")
    let text = try await rig.namespace.run("udevadm", "info", "--export-db").output
    var wanted: [String: [String: String]] = [:]
    for block in text.split(separator: "\n\n") {
      var properties: [String: String] = [:]
      for line in block.split(separator: "\n") where line.hasPrefix("E: ") {
        let pair = line.dropFirst(3).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        if pair.count == 2 { properties[String(pair[0])] = String(pair[1]) }
      }
      if properties["SUBSYSTEM"] == "net", let path = properties["DEVPATH"] { wanted["/sys" + path] = properties }
    }
    #expect(wanted.count >= 4)
    for (path, properties) in wanted {
      let object = try #require(try await rig.objects().first { $0["SysPath"]?.string == path })
      guard case .object(let shown) = object["Properties"] else {
        Issue.record("\(path) has no properties")
        continue
      }
      let expected = properties.filter { $0.key != "USEC_INITIALIZED" }
      #expect(shown.compactMapValues(\.string) == expected, "\(path)")
    }
  }

  @Test func `a list of subsystems is all that is watched`() async throws {
    let rig = try await UdevRig(rules: "", "subsystems=queues")
    try await rig.namespace.ip("link add v0 type veth peer name v1")
    try await rig.event("device.added", "rx-0")
    let subsystems = try await rig.objects().compactMap { $0["Subsystem"]?.string }
    #expect(Set(subsystems) == ["queues"])
  }
}
