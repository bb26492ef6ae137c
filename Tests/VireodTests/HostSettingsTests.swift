// SPDX-License-Identifier: Apache-2.0
// What the configuration chooses about devices and links, as the daemon shows it.

import Foundation
import TestSupport
import Testing

@Suite(
  "vireod: settings of devices and links", .timeLimit(.minutes(2)),
  .needs(all: Namespace.requirements, .program("bridge"), .program("busctl"), .program("dbus-daemon")))
struct HostSettingsTests {
  @Test func `subsystems are chosen, and what bridges learn is told where that is wanted`() async throws {
    let namespace = try await Namespace()
    for line in [
      "link add br0 type bridge", "link add v0 type veth peer name v1", "link set v0 master br0", "link set br0 up",
      "link set v0 up",
    ] { try await namespace.ip(line) }
    let hub = try await RunningHub(
      configuration: "devices: {subsystems: [net]}\nlinks: {neighbours: true}\n", in: namespace)
    let port = try await hub.path(of: "GetLink", "v0")
    // A port learns only while it forwards.
    var place = hub.place
    try await namespace.ip("link set v1 up")
    try await hub.signal("link.carrier-gained", from: place, about: port)
    place = hub.place
    let made = try await namespace.run("bridge", "fdb", "add", "52:54:00:aa:bb:cc", "dev", "v0", "master", "dynamic")
    #expect(made.isSuccess, "\(made)")
    try await hub.signal("neighbour.added", from: place, about: port)

    _ = try await hub.path(of: "GetDevice", "/sys/devices/virtual/net/v1")
    let devices = try await hub.answer("ListDevices", "s", "").first?.array ?? []
    #expect(Set(devices.compactMap { $0[0]?.string }) == ["lo", "br0", "v0", "v1"])
    #expect(Set(devices.compactMap { $0[1]?.string }) == ["net"])
  }

  @Test func `subsystems that are no longer wanted go without a word of removal`() async throws {
    let before = try await RunningHub()
    _ = try await before.path(of: "GetDevice", "/sys/devices/system/cpu/cpu0")
    #expect(try await before.stop() == .exited(0))
    let hub = try await before.restarted(configuration: "devices: {subsystems: [net]}\n")
    _ = try await hub.path(of: "GetDevice", "/sys/devices/virtual/net/lo")
    let devices = try await hub.answer("ListDevices", "s", "").first?.array ?? []
    #expect(Set(devices.compactMap { $0[1]?.string }) == ["net"])
    let removed = try await hub.history(kinds: ["device.removed"]).compactMap { $0["name"]?.string }
    #expect(!removed.contains("cpu0"))
  }

  @Test func `neither is watched where neither is wanted, and what an earlier run knew is gone`() async throws {
    let before = try await RunningHub()
    _ = try await before.path(of: "GetLink", "lo")
    _ = try await before.path(of: "GetDevice", "/sys/devices/virtual/net/lo")
    #expect(try await before.stop() == .exited(0))
    let hub = try await before.restarted(configuration: "devices: {enabled: false}\nlinks: {enabled: false}\n")
    #expect(try await hub.answer("ListDevices", "s", "").first?.array?.isEmpty == true)
    #expect(try await hub.answer("ListLinks").first?.array?.isEmpty == true)
    #expect(try await hub.history(kinds: ["link.removed", "device.removed"]).isEmpty)
    let sources = try await hub.answer("ListSources").first?.array?.compactMap { $0[1]?.string } ?? []
    #expect(!sources.isEmpty && !sources.contains("udev") && !sources.contains("rtnetlink"))
  }
}
