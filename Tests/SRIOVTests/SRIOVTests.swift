// SPDX-License-Identifier: Apache-2.0
// Virtual functions of a real driver on an emulated card: `make test-sriov`.

import TestSupport
import Testing

@Suite(
  "SR-IOV: a card with virtual functions", .timeLimit(.minutes(10)),
  .needs(.probe("the guest of make test-sriov", #"[ -n "$VIREO_SRIOV" ] && [ -e "$VIREO_SRIOV/initrd.gz" ]"#)))
struct SRIOVTests {
  @Test func `functions come, are set up, and go, and each of it is told`() async throws {
    let guest = try await SRIOVGuest()
    let card = try #require(try await guest.link("eth0"))
    let index = try #require(card["Index"]?.int)
    #expect(card["VirtualFunctions"] == .array([]))

    // They come as devices, as links, and in the list of their card.
    var place = guest.place
    try await guest.run("echo 2 > /sys/class/net/eth0/device/sriov_numvfs")
    let device = try await guest.event("device.added", from: place) {
      $0["data"]?["subsystem"]?.string == "pci" && $0["data"]?["properties"]?["PCI_ID"]?.string == "8086:10CA"
    }
    #expect(device["origin"]?.string == "live")
    try await guest.event("device.bound", from: place) { $0["data"]?["properties"]?["DRIVER"]?.string == "igbvf" }
    for number: Int64 in 0...1 {
      try await guest.event("link.vf-changed", "eth0", from: place) {
        $0["data"]?["vf"] == .int(number) && $0["data"]?["changes"]?["present"] == .bool(true)
      }
    }
    guard case .array(let functions) = try await guest.link("eth0")?["VirtualFunctions"] else {
      Issue.record("no functions")
      return
    }
    #expect(functions.compactMap { $0["vf"]?.int } == [0, 1])
    #expect(functions.allSatisfy { $0["spoofCheck"] == .bool(true) && $0["linkState"]?.string == "auto" })

    // What we set.
    place = guest.place
    #expect(try await guest.set("vlan \(index) 0 10 3") == "")
    try await guest.event("link.vf-changed", "eth0", from: place) {
      $0["data"]?["vf"] == .int(0) && $0["data"]?["changes"]?["vlan"] == .int(10)
        && $0["data"]?["changes"]?["qos"] == .int(3) && $0["data"]?["previous"]?["vlan"] == .int(0)
    }
    #expect(try await guest.set("mac \(index) 1 02:11:22:33:44:55") == "")
    try await guest.event("link.vf-changed", "eth0", from: place) {
      $0["data"]?["vf"] == .int(1) && $0["data"]?["changes"]?["mac"]?.string == "02:11:22:33:44:55"
    }

    // What others set; of a card that is switched off the kernel would not tell it.
    try await guest.run("/bin/ip link set eth0 up")
    place = guest.place
    try await guest.run("/bin/ip link set eth0 vf 1 spoofchk off")
    try await guest.event("link.vf-changed", "eth0", from: place) {
      $0["data"]?["vf"] == .int(1) && $0["data"]?["changes"]?["spoofCheck"] == .bool(false)
    }
    try await guest.run("/bin/ip link set eth0 vf 1 trust on")
    try await guest.event("link.vf-changed", "eth0", from: place) {
      $0["data"]?["vf"] == .int(1) && $0["data"]?["changes"]?["trust"] == .bool(true)
    }

    // What the driver refuses.
    #expect(try await guest.set("vlan \(index) 7 10 0").contains("refused"))
    #expect(try await guest.set("mac \(index) 7 02:11:22:33:44:55").contains("refused"))
    #expect(try await guest.set("vlan \(index) 0 5000 0").contains("invalidArgument"))

    place = guest.place
    try await guest.run("echo 0 > /sys/class/net/eth0/device/sriov_numvfs")
    for number: Int64 in 0...1 {
      try await guest.event("link.vf-changed", "eth0", from: place) {
        $0["data"]?["vf"] == .int(number) && $0["data"]?["changes"]?["present"] == .bool(false)
      }
    }
    #expect(try await guest.link("eth0")?["VirtualFunctions"] == .array([]))
    try await guest.process.kill()
  }
}
