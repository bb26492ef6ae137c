// SPDX-License-Identifier: Apache-2.0
// What the daemon knew before it was killed, and what changed while there was none.

import DBusBridge
import DBusTypes
import TestSupport
import Testing

@Suite(
  "Delivery: restart",
  .needs(.root, .mountNamespaces, .program("dbus-daemon"), .program("dbus-broker-launch"), .program("busctl")),
  .timeLimit(.minutes(5)))
struct RestartTests {
  @Test(arguments: TestBus.Kind.allCases)
  func `after a kill the machines are as they were, and what changed meanwhile is told behind one gap`(
    _ kind: TestBus.Kind
  ) async throws {
    let bus = try await TestBus(kind)
    let daemon = try await Daemon(on: bus, monitors: 3)
    let client = try await Client(bus)
    let (changes, vanishes, stays) = (daemon.fleet.peers[0], daemon.fleet.peers[1], daemon.fleet.peers[2])
    for peer in daemon.fleet.peers { peer.enter("paused") }
    for number in 0..<3 {
      try await daemon.current.event("vm.state.paused", about: "vm-\(number)")
    }
    let since = try await client.machines().map { try #require($0["StateSince"]?.uint64) }
    let before = try await client.number("Head")

    vanishes.stop()
    let old = daemon.current
    try await old.process.kill()
    changes.change { $0.status = "io-error" }
    try await daemon.start(after: old)
    try await daemon.current.event("vm.state.io-error", about: "vm-0")
    try await stays.negotiations.atLeast(2, "negotiation")
    try await daemon.current.event("vm.state.unknown", about: "vm-1")

    let machines = try await client.machines()
    #expect(machines.map { $0["Name"]?.string } == ["vm-0", "vm-1", "vm-2"])
    #expect(machines.map { $0["State"]?.string } == ["io-error", "unknown", "paused"])
    #expect(machines[2]["StateSince"]?.uint64 == since[2], "it was paused all the while")
    #expect(try #require(machines[0]["StateSince"]?.uint64) > since[0])
    let events = try await client.history(after: before, through: try await client.number("Head"))
    let gaps = events.filter { $0.kind == "hub.gap" && $0.data.dictionary?["reason"]?.string == "hub-down" }
    #expect(gaps.count == 1)
    let told = try #require(events.first { $0.kind == "vm.state.io-error" })
    #expect(told.origin == "resync")
    #expect(told.sequence > gaps[0].sequence)
    #expect(!events.contains { $0.kind == "vm.state.paused" || $0.kind == "vm.added" }, "nothing is told twice")
  }
}

extension Client {
  /// The properties of all machines, by the order of their names.
  fileprivate func machines() async throws -> [BusDictionary] {
    let list = try await call("ListVMs").body[0].array ?? []
    var machines: [BusDictionary] = []
    for path in list.compactMap({ $0.structure?.last?.objectPath }) {
      let message = BusMessage.call(
        Subscriber.hub, path, "org.freedesktop.DBus.Properties", "GetAll", [.string("org.vireo.Hub1.VM")])
      machines.append(try #require(try await bus.call(message).body.first?.dictionary))
    }
    return machines.sorted { ($0["Name"]?.string ?? "") < ($1["Name"]?.string ?? "") }
  }
}

extension TestDaemon {
  /// Waits until an event of a kind about a machine is there.
  fileprivate func event(_ kind: String, about name: String) async throws {
    var last: UInt64 = 0
    while true {
      let event = try await event(kind, after: last)
      if event["name"]?.string == name { return }
      last = event["sequence"]?.int.map(UInt64.init) ?? last
    }
  }
}
