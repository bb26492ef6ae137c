// SPDX-License-Identifier: Apache-2.0
// Signals to one client, and what either broker does with those that do not fit.

import BusTestSupport
import DBusTypes
import Dispatch
import EventLoop
import TestSupport
import Testing

@testable import DBusBridge

@Suite("Bridge: watched signals")
struct WatchedSignalsTests {
  @Test func `only the last signals are watched, each heard of once`() {
    var watched = WatchedSignals<Int>(limit: 3)
    for serial in 1...10 as ClosedRange<UInt32> { watched.watch(serial, Int(serial)) }
    #expect(watched.count == 3)
    #expect(watched.take(7) == nil)
    #expect(watched.take(8) == 8)
    #expect(watched.take(8) == nil)
    watched.removeAll()
    #expect(watched.take(10) == nil)
  }
}

@Suite(
  "Bridge: unicast signals",
  .needs(.root, .mountNamespaces, .program("dbus-daemon"), .program("dbus-broker-launch"), .program("busctl")))
struct UnicastTests {
  private let signal = BusMessage.signal(
    EchoService.path, EchoService.interface, "Told", [.string(String(repeating: "x", count: 1000))])

  @Test(arguments: TestBus.Kind.allCases)
  func `a client hears what is sent to it alone, without any match rule`(_ kind: TestBus.Kind) async throws {
    let bus = try await TestBus(kind)
    let sender = try await Peer.connected(bus)
    let listener = try await Peer.connected(bus)
    let other = try await Peer.connected(bus)
    let (heard, overheard) = (Recorder<BusMessage>(), Recorder<BusMessage>())
    await listener.bus.addMatch(MatchRule(interface: EchoService.interface)) { heard.append($0) }
    await other.bus.addMatch(MatchRule(interface: EchoService.interface)) { overheard.append($0) }
    var message = signal
    message.destination = try await listener.connected()
    #expect(await sender.bus.send(message) { _ in Issue.record("it was not refused") } == .queued)
    try await heard.first { $0.member == "Told" }
    _ = try await other.bus.call(.call(.bus, "/org/freedesktop/DBus", .bus, "GetId"))
    #expect(overheard.count == 0)
  }

  @Test func `dbus-daemon says which signal did not fit into a client's queue`() async throws {
    let bus = try await TestBus(.daemon, BusConfiguration(limits: ["max_outgoing_bytes": 20_000]))
    let sender = try await Peer.connected(bus)
    let listener = try await Peer.connected(bus)
    let name = try await listener.connected()
    let refusals = Recorder<(Int, BusError)>()
    // Its loop stands still, so nothing is read: the kernel's buffer fills, then the bus's queue.
    let goOn = DispatchSemaphore(value: 0)
    listener.loop.submit { goOn.wait() }
    defer { goOn.signal() }
    var message = signal
    message.destination = name
    for index in 0..<800 {
      let outcome = await sender.bus.send(message) { refusals.append((index, $0)) }
      #expect(outcome == .queued)
    }
    let first = try await refusals.first { _ in true }
    #expect(first.1.name == "org.freedesktop.DBus.Error.LimitsExceeded")
    #expect(!first.1.isLocal)
    try await refusals.first("the last signal") { $0.0 == 799 }
  }
}
