// SPDX-License-Identifier: Apache-2.0
// From DBusWatch to handle: two on one descriptor, disabled ones out of the way, changes only when libdbus is done.

import BusTestSupport
import DBusTypes
import EventLoop
import TestSupport
import Testing

@testable import DBusBridge

@Suite(.needs(.root, .mountNamespaces, .program("dbus-daemon"), .program("dbus-broker-launch")))
struct WatchTests {
  @Test(arguments: TestBus.Kind.allCases)
  func `a connection has two watches on one descriptor, and only the reading one is enabled at rest`(
    _ kind: TestBus.Kind
  ) async throws {
    let bus = try await TestBus(kind)
    let peer = try await Peer.connected(bus)
    try await peer.bus.roundTrip()
    #expect(await peer.bus.watchCount == 2)
    #expect(Set(await peer.bus.watchDescriptors).count == 1)
    #expect(await peer.bus.enabledWatches == 1)
  }

  @Test(arguments: TestBus.Kind.allCases)
  func `a toggle from inside a send is served, and the bytes go out when the bus reads again`(
    _ kind: TestBus.Kind
  ) async throws {
    let bus = try await TestBus(kind)
    let sender = try await Peer.connected(bus)
    let listener = try await Peer.connected(bus)
    let heard = Recorder<UInt32>()
    await listener.bus.addMatch(MatchRule(interface: "org.example.Flood")) { signal in
      if let number = signal.body.first?.uint32 { heard.append(number) }
    }
    try await listener.bus.roundTrip()
    bus.pause()
    // The socket takes some; then the writing watch is enabled from inside `dbus_connection_send`.
    var sent: UInt32 = 0
    while await sender.bus.outgoingBytes < 100_000 {
      let outcome = await sender.bus.send(flood(sent))
      #expect(outcome == .queued)
      sent += 1
    }
    #expect(await sender.bus.enabledWatches == 2)
    bus.resume()
    let numbers = try await heard.atLeast(Int(sent))
    #expect(numbers == Array(0..<sent))
    try await sender.bus.roundTrip()
    #expect(await sender.bus.outgoingBytes == 0)
    #expect(await sender.bus.enabledWatches == 1)
  }

  @Test func `a disabled watch hears no hang-up, and the loop does not spin on it`() async throws {
    let bus = try await TestBus()
    let peer = try await Peer.connected(bus)
    try await peer.bus.roundTrip()
    await peer.bus.inOneStep { connection in
      connection.link?.watches.isSuspended = true
      connection.link?.settle()
    }
    let states = peer.states.count
    try await bus.kill()
    // The other end is gone, so the descriptor is in hang-up for good. Twenty ticks of a timer are twenty turns; a spin
    // would be thousands.
    let ticks = Recorder<Int>()
    let timer = peer.loop.addTimeout(.every(.milliseconds(5))) { _ in ticks.append(1) }
    try await ticks.atLeast(1)
    let (before, first) = (peer.loop.statistics.turns, ticks.count)
    try await ticks.atLeast(first + 20)
    let turns = peer.loop.statistics.turns - before
    peer.loop.removeTimeout(timer)
    // This test may be late to look while the ticks go on, so it is held against those that came meanwhile.
    let passed = ticks.count - first
    #expect(turns < 3 * UInt64(passed), "\(turns) turns for \(passed) ticks")
    #expect(peer.states.count == states)
    await peer.bus.inOneStep { connection in
      connection.link?.watches.isSuspended = false
      connection.settle()
    }
    try await peer.states.first("the loss", from: states) { !$0.isConnected }
  }

  @Test func `messages that came before anybody watched are dispatched`() async throws {
    let bus = try await TestBus()
    let peer = try await Peer(bus.address)
    #expect(try await peer.bus.adoptGreeted(bus.address) == ["NameAcquired"])
    withExtendedLifetime(peer) {}
  }

  @Test func `messages larger than a single read and write pass in both directions`() async throws {
    let bus = try await TestBus()
    let service = try await Peer.connected(bus)
    await service.bus.export(EchoService.object())
    try await service.own(EchoService.name)
    let client = try await Peer.connected(bus)
    let megabyte = BusValue.bytes((0..<1 << 20).map { UInt8(truncatingIfNeeded: $0 &* 31) })
    let reply = try await client.bus.call(EchoService.call("Echo", .variant(megabyte)))
    #expect(reply.body == [.variant(megabyte)])
  }

  private func flood(_ number: UInt32) -> BusMessage {
    .signal(
      "/org/example/Flood", "org.example.Flood", "Wave", [.uint32(number), .bytes(Array(repeating: 1, count: 1000))])
  }
}

extension BusConnection {
  /// Takes over a connection in which a message waits, and says which messages come without any readiness.
  fileprivate func adoptGreeted(_ address: String) throws -> [String] {
    let watches = DBusWatchCallback(loop: loop) { _, _ in }
    let timeouts = DBusTimeoutCallback(loop: loop) { _ in }
    let opened = try openGreeted(address)
    guard let link = DBusLink(adopting: opened, limits: BusLimits(), watches: watches, timeouts: timeouts) else {
      throw TestFailure("no memory")
    }
    defer { link.close() }
    guard link.needsDispatch else { return [] }
    while link.dispatch() == .dataRemains {}
    return (0..<link.arrivals.count).compactMap { _ in link.arrivals.takeFirst() }.map { arrival in
      guard case .message(let received) = arrival else { return "\(arrival)" }
      return received.header.member?.rawValue ?? "?"
    }
  }
}
