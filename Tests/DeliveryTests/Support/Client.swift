// SPDX-License-Identifier: Apache-2.0
// A client of the bus that calls what a test wants.

import DBusBridge
import DBusTypes
import EventLoop
import TestSupport
import Testing

/// A client of the bus that calls what a test wants.
final class Client: Sendable {
  let bus: BusConnection
  /// Objects of the hub that have gone.
  let removed = Recorder<ObjectPath>()
  private let thread: LoopThread

  /// Connects; when this returns, it has its name.
  init(_ testBus: TestBus) async throws {
    thread = try LoopThread("test-client")
    bus = BusConnection(address: try #require(BusAddress(testBus.address)), loop: thread.loop, options: .quick)
    let states = Recorder<BusState>()
    await bus.onStateChange { states.append($0) }
    await bus.addMatch(
      MatchRule(sender: Subscriber.hub, interface: "org.freedesktop.DBus.ObjectManager", member: "InterfacesRemoved")
    ) { [removed] message in
      if let path = message.body.first?.objectPath { removed.append(path) }
    }
    await bus.start()
    try await states.first("a connection") { $0.isConnected }
    // The answer says that the bus knows the rule.
    _ = try await bus.call(.call(.bus, "/org/freedesktop/DBus", .bus, "GetId"))
  }

  deinit {
    let (bus, thread) = (bus, thread)
    thread.loop.submit {
      bus.assumeIsolated { $0.stop() }
      withExtendedLifetime(thread) {}
    }
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
