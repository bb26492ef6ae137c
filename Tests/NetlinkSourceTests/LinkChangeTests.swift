// SPDX-License-Identifier: Apache-2.0
// What happens to links of a real kernel.

import EventModel
import Hub
import SourceTestSupport
import TestSupport
import Testing

@testable import NetlinkSource

@Suite("Links: what happens to them", .needsNamespace)
struct LinkChangeTests {
  @Test func `renaming, MTU, hardware address and master are told with what was before`() async throws {
    let net = try await NetlinkRig()
    try await net.namespace.ip("link add v0 address 52:54:00:00:00:01 type veth peer name v1")
    try await net.namespace.ip("link add br0 type bridge")
    try await net.start()
    try await net.namespace.ip("link set v0 name uplink")
    #expect(try await net.event(.linkRenamed, "uplink").data["previous"] == "v0")
    try await net.namespace.ip("link set uplink mtu 1400")
    let mtu = try await net.event(.linkMTUChanged, "uplink")
    #expect(mtu.data["mtu"]?.uint == 1400)
    #expect(mtu.data["previous"]?.uint == 1500)
    try await net.namespace.ip("link set uplink address 52:54:00:00:00:02")
    let address = try await net.event(.linkAddressChanged, "uplink")
    #expect(address.data["address"] == "52:54:00:00:00:02")
    #expect(address.data["previous"] == "52:54:00:00:00:01")
    try await net.namespace.ip("link set uplink master br0")
    let joined = try await net.event(.linkMasterChanged, "uplink")
    #expect(joined.data["master"] == "br0")
    #expect(joined.data["previous"] == "")
    #expect(await net.link("uplink")?[.master] == "br0")
    try await net.namespace.ip("link set br0 name lan")
    try await net.event(.linkRenamed, "lan")
    #expect(await net.link("uplink")?[.master] == "lan")
    try await net.namespace.ip("link set uplink nomaster")
    let left = try await net.event(.linkMasterChanged, "uplink") { $0.data["master"] == "" }
    #expect(left.data["previous"] == "lan")
    // The bridge says of a port that leaves it that it was deleted: it was not.
    #expect(net.rig.all(.linkRemoved).isEmpty)
  }

  @Test func `switching on and off and the carrier are told, and a carrier that goes with the switch is no loss`()
    async throws
  {
    let net = try await NetlinkRig()
    try await net.namespace.ip("link add v0 type veth peer name v1")
    try await net.start()
    try await net.namespace.ip("link set v0 up")
    try await net.event(.linkUp, "v0")
    #expect(await net.link("v0")?.state == "lower-layer-down")
    try await net.namespace.ip("link set v1 up")
    try await net.event(.linkCarrierGained, "v0")
    try await net.rig.event(.linkCarrierGained) { $0.name == "v1" }
    #expect(await net.link("v0")?[.carrier] == true)
    let place = net.rig.events.count
    try await net.namespace.ip("link set v1 down")
    let lost = try await net.event(.linkCarrierLost, "v0", from: place)
    #expect(lost.severity == .warning)
    #expect(lost.data["state"] == "lower-layer-down")
    try await net.event(.linkDown, "v1", from: place)
    #expect(await net.link("v1")?[.isUp] == false)
    #expect(await net.link("v1")?.state == "down")
    #expect(!net.rig.events.all.contains { $0.kind == .linkCarrierLost && $0.name == "v1" })
  }

  @Test func `addresses are told as they come and go, of both families`() async throws {
    let net = try await NetlinkRig()
    try await net.namespace.ip("link add v0 type veth peer name v1")
    try await net.start()
    for address in ["192.0.2.1/24", "2001:db8::1/64"] {
      try await net.namespace.ip("addr add \(address) dev v0 nodad")
      let added = try await net.event(.addressAdded, "v0") { $0.data["address"] == .string(address) }
      #expect(added.data["scope"] == "global")
      #expect(await net.link("v0")?[.addresses]?.list?.contains(.string(address)) == true)
    }
    try await net.namespace.ip("addr add 198.51.100.1 peer 198.51.100.2/32 dev v0")
    let point = try await net.event(.addressAdded, "v0") { $0.data["peer"] == "198.51.100.2" }
    #expect(point.data["address"] == "198.51.100.1 peer 198.51.100.2/32")
    try await net.namespace.ip("addr del 192.0.2.1/24 dev v0")
    try await net.event(.addressRemoved, "v0") { $0.data["address"] == "192.0.2.1/24" }
    #expect(await net.link("v0")?[.addresses]?.list?.contains("192.0.2.1/24") == false)
  }

  @Test func `what a bridge learns is told when it is asked for`() async throws {
    var options = NetlinkOptions()
    options.watchesNeighbours = true
    let net = try await NetlinkRig(options: options)
    try await net.namespace.ip("link add br0 type bridge")
    try await net.namespace.ip("link add v0 type veth peer name v1")
    try await net.namespace.ip("link set v0 master br0")
    try await net.start()
    // A port learns only while it forwards.
    for name in ["br0", "v0", "v1"] { try await net.namespace.ip("link set \(name) up") }
    try await net.event(.linkCarrierGained, "v0")
    let fdb = try await net.namespace.run("bridge", "fdb", "add", "52:54:00:aa:bb:cc", "dev", "v0", "master", "dynamic")
    #expect(fdb.isSuccess, "\(fdb)")
    try await net.event(.neighbourAdded, "v0") { $0.data["address"] == "52:54:00:aa:bb:cc" }
    try await net.namespace.run("bridge", "fdb", "del", "52:54:00:aa:bb:cc", "dev", "v0", "master")
    try await net.event(.neighbourRemoved, "v0") { $0.data["address"] == "52:54:00:aa:bb:cc" }
  }

  @Test func `a name that the terminal would obey is made harmless`() async throws {
    let net = try await NetlinkRig()
    try await net.start()
    try await net.namespace.ip("link add e\u{1B}[2Jx type ifb")
    let added = try await net.rig.event(.linkAdded)
    #expect(added.name == "e\u{FFFD}[2Jx")
  }
}
