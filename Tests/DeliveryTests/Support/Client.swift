// SPDX-License-Identifier: Apache-2.0
// A client of the bus that calls what a test wants.

import BusTestSupport
import DBusBridge
import DBusTypes
import EventLoop
import TestSupport
import Testing

/// A client of the bus that calls what a test wants.
final class Client: Sendable {
  private let peer: Peer
  /// Objects of the hub that have gone.
  let removed = Recorder<ObjectPath>()
  var bus: BusConnection { peer.bus }

  /// Connects; when this returns, it has its name.
  init(_ testBus: TestBus) async throws {
    peer = try await Peer(testBus.address)
    await peer.bus.addMatch(
      MatchRule(sender: Subscriber.hub, interface: "org.freedesktop.DBus.ObjectManager", member: "InterfacesRemoved")
    ) { [removed] message in
      if let path = message.body.first?.objectPath { removed.append(path) }
    }
    await peer.bus.start()
    try await peer.connected()
    // The bus knows the rule then.
    try await peer.bus.roundTrip()
  }

  /// Calls a method of the Manager.
  func call(_ member: MemberName, _ body: BusValue...) async throws(BusError) -> BusMessage {
    try await bus.call(.call(Subscriber.hub, Subscriber.root, Subscriber.manager, member, body))
  }

  /// Calls a method of a subscription.
  func call(_ path: ObjectPath, _ member: MemberName, _ body: [BusValue]) async throws(BusError) -> BusMessage {
    try await bus.call(.call(Subscriber.hub, path, Subscriber.interface, member, body))
  }

  /// Subscribes to everything from now on.
  func subscribe() async throws -> ObjectPath {
    let reply = try await call(
      "Subscribe", .strings([]), .strings([]), .uint64(0), .uint32(0), .variants([("from", .string("now"))]))
    return try #require(reply.body.first?.objectPath)
  }
}
