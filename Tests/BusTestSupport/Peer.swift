// SPDX-License-Identifier: Apache-2.0
// A connection to a bus on a loop of its own.

public import DBusBridge
public import DBusTypes
public import EventLoop
import LoopTestSupport
public import TestSupport

/// A connection on a loop of its own, with a record of its states; it ends with this object.
public final class Peer: Sendable {
  /// Its loop.
  public var loop: EventLoop { thread.loop }
  /// The connection.
  public let bus: BusConnection
  /// The states that it was in, in order.
  public let states = Recorder<BusState>()
  private let thread: LoopThread

  /// Makes a connection; nothing is connected before it is started.
  public init(_ address: String, options: BusOptions = .quick) async throws {
    guard let place = BusAddress(address) else { throw TestFailure("no address of a bus: \(address)") }
    thread = try LoopThread("test-peer")
    bus = BusConnection(address: place, loop: thread.loop, options: options)
    await bus.onStateChange { [states] in states.append($0) }
  }

  /// Makes a connection and waits until the bus has greeted it.
  public static func connected(_ bus: TestBus, options: BusOptions = .quick) async throws -> Peer {
    let peer = try await Peer(bus.address, options: options)
    await peer.bus.start()
    try await peer.connected()
    return peer
  }

  deinit { thread.finish { [bus] in bus.assumeIsolated { $0.stop() } } }

  /// Waits until it is connected, from the given place of the record on; gives the unique name.
  @discardableResult
  public func connected(from start: Int = 0) async throws -> BusName {
    let state = try await states.first("a connection", from: start) { $0.isConnected }
    guard case .connected(let name) = state else { throw TestFailure("not connected") }
    return name
  }

  /// Asks for a name and waits until it is ours.
  public func own(_ name: BusName) async throws {
    let events = Recorder<NameEvent>()
    await bus.own(name) { events.append($0) }
    try await events.first("the name \(name)") { $0 == .acquired }
  }
}

extension BusConnection {
  /// A round trip to the bus: everything that was sent before has been handled by it.
  public func roundTrip() async throws {
    _ = try await call(.call(.bus, "/org/freedesktop/DBus", .bus, "GetId"))
  }
}
