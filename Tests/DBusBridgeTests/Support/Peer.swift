// SPDX-License-Identifier: Apache-2.0
// What the tests of the bridge share: a loop in a thread, connections on it, and a service to talk to.

import DBusTypes
import EventLoop
import Foundation
import TestSupport
import Testing

@testable import DBusBridge

/// A loop that runs in a thread of its own until this object goes.
final class LoopThread: Sendable {
  let loop: EventLoop

  init() throws {
    let loop = try EventLoop()
    self.loop = loop
    let thread = Thread { loop.run() }
    thread.name = "test-loop"
    thread.start()
  }

  deinit { loop.stop() }
}

/// A connection on a loop of its own, with a record of its states; it ends with this object.
final class Peer: Sendable {
  let thread: LoopThread
  let bus: BusConnection
  let states = Recorder<BusState>()

  /// Makes a connection; nothing is connected yet.
  init(_ address: String, options: BusOptions = Peer.quick) async throws {
    thread = try LoopThread()
    bus = BusConnection(address: try #require(BusAddress(address)), loop: thread.loop, options: options)
    await bus.onStateChange { [states] in states.append($0) }
  }

  /// Makes a connection and waits until the bus has greeted it.
  static func connected(_ bus: TestBus, options: BusOptions = quick) async throws -> Peer {
    let peer = try await Peer(bus.address, options: options)
    await peer.bus.start()
    try await peer.connected()
    return peer
  }

  deinit {
    let bus = bus
    let thread = thread
    // The loop must still run for this; the thread object is kept until then.
    thread.loop.submit {
      bus.assumeIsolated { $0.stop() }
      withExtendedLifetime(thread) {}
    }
  }

  /// Reconnects quickly: tests do not wait for the patience of a daemon.
  static var quick: BusOptions {
    var options = BusOptions()
    options.firstRetry = .milliseconds(5)
    options.longestRetry = .milliseconds(50)
    return options
  }

  /// Waits until it is connected, from the given place of the record on; gives the unique name.
  @discardableResult
  func connected(from start: Int = 0) async throws -> BusName {
    let state = try await states.first("a connection", from: start) { $0.isConnected }
    guard case .connected(let name) = state else { throw TestFailure("not connected") }
    return name
  }

  /// Asks for a name and waits until it is ours.
  func own(_ name: BusName) async throws {
    let events = Recorder<NameEvent>()
    await bus.own(name) { events.append($0) }
    try await events.first("the name \(name)") { $0 == .acquired }
  }
}

/// A test that found something impossible.
struct TestFailure: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}

extension BusConnection {
  /// A round trip to the bus: everything that was sent before has been handled by it.
  func roundTrip() async throws {
    _ = try await call(.call(.bus, "/org/freedesktop/DBus", .bus, "GetId"))
  }

  /// Several steps with nothing of the loop between them.
  func inOneStep<Value: Sendable>(_ body: @Sendable (isolated BusConnection) -> Value) -> Value { body(self) }

  /// How many watches libdbus has given.
  var watchCount: Int { link?.watches.count ?? 0 }
  /// Their descriptors.
  var watchDescriptors: [CInt] { link?.watches.descriptors ?? [] }
  /// How many of them libdbus wants served now.
  var enabledWatches: Int { link?.watches.enabledCount ?? 0 }
  /// How many timeouts libdbus has given.
  var timeoutCount: Int { link?.timeouts.count ?? 0 }
}

extension Result {
  /// The error, if it failed.
  var failure: Failure? { if case .failure(let error) = self { error } else { nil } }
}
