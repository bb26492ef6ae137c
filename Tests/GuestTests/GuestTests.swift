// SPDX-License-Identifier: Apache-2.0
// What happens inside a real guest arrives as events: through its agent, its devices and its ports.

import EventModel
import TestSupport
import Testing

@Suite(.needs(.qemu, .file(LinuxGuest.image)), .serialized)
struct GuestTests {
  @Test func `a guest that boots tells of itself`() async throws {
    let hub = try await BootedGuest.shared().hub
    let connected = try await hub.event(.vmAgentConnected)
    #expect(connected.data["version"]?.string?.isEmpty == false)
    #expect(connected.subject == Subject(.vm, "guest"))
    try await hub.event(.vmPortOpened) { $0.data["id"] == "agent0" }
    #expect(try await hub.event(.vmGuestHostname).data["hostname"] == "small-guest")
    #expect(try await hub.event(.vmGuestOS).data["os"]?.map?["name"] == "The small guest")
    let addresses = try await hub.event(.vmGuestAddresses)
    #expect(addresses.data["addresses"]?.list?.contains("10.9.8.1/24") == true)
    #expect(try await hub.event(.vmStopped).data["cause"] == "migrated-away")
    #expect(!hub.events.all.contains { $0.kind == .sourceRejected })
  }

  @Test func `a guest that changes, loses its agent, is saved and comes back`() async throws {
    let booted = try await BootedGuest.shared()
    let hub = try await Watcher()
    let guest = try await hub.restore(booted.saved)
    try await hub.event(.vmGuestHostname) { $0.data["hostname"] == "small-guest" }

    try await guest.run("hostname renamed")
    try await guest.run("ip address add 10.9.8.7/24 dev eth0")
    #expect(
      try await hub.event(.vmGuestHostname) { $0.data["hostname"] == "renamed" }.data["previous"] == "small-guest")
    try await hub.event(.vmGuestAddresses) { $0.data["added"]?.list?.contains("10.9.8.7/24") == true }

    try await guest.qemu.execute("balloon", ["value": 104_857_600])
    try await hub.event(.vmMemoryBalloon) { $0.data["actual"] == .uint(104_857_600) }

    var place = hub.events.count
    try await guest.run("agent-stop")
    try await hub.event(.vmPortClosed, from: place)
    try await hub.event(.vmAgentDisconnected, from: place)
    #expect(await hub.property(.agentState) == "disconnected")
    #expect(await hub.property(.guestHostname) == "renamed", "the last good value stays")
    place = hub.events.count
    try await guest.run("agent-start")
    try await hub.event(.vmAgentConnected, from: place)

    let saved = hub.directory.file("saved")
    try await guest.save(to: saved)
    try await hub.event(.vmStatePostmigrate)
    try await guest.qemu.quit()
    try await hub.event(.vmStopped)

    place = hub.events.count
    let begin = ContinuousClock.now
    let restored = try await hub.restore(saved)
    try await hub.event(.vmStateInmigrate, from: place)
    #expect(ContinuousClock.now - begin < .seconds(20))
    #expect(await hub.property(.guestHostname) == "renamed")
    #expect(await hub.property(.state) == "running")
    #expect(!hub.events.all.contains { $0.kind == .sourceRejected })
    try await restored.qemu.quit()
  }

  @Test func `a guest that panics`() async throws {
    let booted = try await BootedGuest.shared()
    let hub = try await Watcher()
    let guest = try await hub.restore(booted.saved)
    // The guest has no panic device: its agent is gone and nothing else says so.
    try guest.qemu.process.write("echo c > /proc/sysrq-trigger\n")
    try await hub.event(.vmAgentUnresponsive)
    #expect(await hub.property(.state) == "running")
    try await guest.qemu.quit()
  }
}
