// SPDX-License-Identifier: Apache-2.0
// Connecting, owning a name, calling and being called, telling and being told, on both brokers.

import BusTestSupport
import DBusBridge
import DBusTypes
import Foundation
import TestSupport
import Testing

@Suite(.needs(.root, .mountNamespaces, .program("dbus-daemon"), .program("dbus-broker-launch"), .program("busctl")))
struct FirstContactTests {
  @Test(arguments: TestBus.Kind.allCases)
  func `a service is called by a stranger and by a peer, and answers both`(_ kind: TestBus.Kind) async throws {
    let bus = try await TestBus(kind)
    let service = try await Peer.connected(bus)
    await service.bus.export(EchoService.object())
    try await service.own(EchoService.name)

    let result = try await bus.call(
      "org.example.Echo1", "/org/example/Echo1", "org.example.Echo1.Main", "Add", "uu", "40", "2")
    #expect(result.output == "u 42\n", "\(result)")

    let client = try await Peer.connected(bus)
    let reply = try await client.bus.call(EchoService.call("Add", .uint32(1), .uint32(2)))
    #expect(reply.body == [.uint32(3)])
  }

  @Test(arguments: TestBus.Kind.allCases)
  func `a signal reaches who asked for it, with its sender's unique name`(_ kind: TestBus.Kind) async throws {
    let bus = try await TestBus(kind)
    let sender = try await Peer.connected(bus)
    let listener = try await Peer.connected(bus)
    let name = try await sender.connected()
    let heard = Recorder<BusMessage>()
    await listener.bus.addMatch(MatchRule(interface: EchoService.interface)) { heard.append($0) }
    // The answer to a later call of the listener says that the bus knows the rule.
    _ = try await listener.bus.call(.call(.bus, "/org/freedesktop/DBus", .bus, "GetId"))
    let outcome = await sender.bus.send(
      .signal(EchoService.path, EchoService.interface, "Told", [.string("news")]))
    #expect(outcome == .queued)
    let signal = try await heard.first { $0.member == "Told" }
    #expect(signal.body == [.string("news")])
    #expect(signal.sender == name)
  }
}
