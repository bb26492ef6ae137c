// SPDX-License-Identifier: Apache-2.0
// Each kind of link that the kernel here can make, beside what iproute2 says of it.

import EventModel
import Foundation
import SourceTestSupport
import TestSupport
import Testing

@testable import NetlinkSource

@Suite("Links: what the kernel can make", .needsNamespace)
struct LinkKindTests {
  @Test(arguments: [
    ("veth", "link add dut type veth peer name peer"),
    ("bridge", "link add dut type bridge"),
    ("macvlan", "link add dut link base type macvlan"),
    ("macvtap", "link add dut link base type macvtap"),
    ("vxlan", "link add dut type vxlan id 7 dstport 4789 dev base"),
    ("ifb", "link add dut type ifb"),
    ("tun", "tuntap add dut mode tun"),
    ("tap", "tuntap add dut mode tap"),
  ])
  func `a link comes, is shown as iproute2 shows it, and goes`(kind: String, line: String) async throws {
    let net = try await NetlinkRig()
    try await net.namespace.ip("link add base type ifb")
    try await net.start()
    try await net.namespace.ip(line)
    let added = try await net.event(.linkAdded, "dut")
    #expect(added.data["kind"]?.string == kind)
    #expect(added.origin == .live)
    let link = try #require(await net.link("dut"))
    #expect(link[.kind]?.string == kind)
    try await expectAsIproute(net, "dut")
    try await net.namespace.ip("link del dut")
    let removed = try await net.event(.linkRemoved, "dut")
    #expect(removed.subject == added.subject)
    #expect(await net.link("dut") == nil)
  }

  @Test func `what is there at the first start is taken in without events, as iproute2 shows it`() async throws {
    let net = try await NetlinkRig()
    try await net.namespace.ip("link add br0 mtu 1400 type bridge")
    try await net.namespace.ip("link add v0 address 52:54:00:00:00:01 type veth peer name v1")
    try await net.namespace.ip("link set v0 master br0")
    try await net.namespace.ip("link set v0 up")
    try await net.namespace.ip("link set v1 up")
    try await net.namespace.ip("addr add 192.0.2.1/24 dev br0")
    try await net.namespace.ip("link property add dev v0 altname the-first-of-two")
    try await net.start()
    #expect(net.rig.all(.linkAdded).isEmpty)
    for name in ["lo", "br0", "v0", "v1"] { try await expectAsIproute(net, name) }
    #expect(await net.link("v0")?[.alternativeNames]?.list == ["the-first-of-two"])
    #expect(await net.link("lo")?[.kind] == "loopback")
    #expect(await net.link("br0")?[.addresses]?.list?.contains("192.0.2.1/24") == true)
  }

  /// Compares a link's object with what iproute2 says, field by field.
  private func expectAsIproute(_ net: NetlinkRig, _ name: String) async throws {
    let link = try #require(await net.link(name))
    let text = try await net.namespace.ip("-json -details addr show dev \(name)").output
    let list = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [[String: Any]])
    let shown = try #require(list.first { $0["ifname"] as? String == name })
    #expect(link[.index]?.int == (shown["ifindex"] as? Int).map(Int64.init))
    #expect(link[.mtu]?.int == (shown["mtu"] as? Int).map(Int64.init))
    #expect(link[.address]?.string == shown["address"] as? String ?? "")
    #expect(link[.master]?.string == shown["master"] as? String ?? "")
    let flags = shown["flags"] as? [String] ?? []
    #expect(link[.isUp]?.bool == flags.contains("UP"))
    #expect(link[.carrier]?.bool == flags.contains("LOWER_UP"))
    #expect(link.state.filter { $0 != "-" } == (shown["operstate"] as? String)?.lowercased())
    let addresses = (shown["addr_info"] as? [[String: Any]] ?? []).compactMap { address -> String? in
      guard let local = address["local"] as? String, let length = address["prefixlen"] as? Int else { return nil }
      return "\(local)/\(length)"
    }
    #expect(Set(link[.addresses]?.list?.compactMap(\.string) ?? []) == Set(addresses))
  }
}
