// SPDX-License-Identifier: Apache-2.0
// The bus goes away and comes back, and everything that was asked for is there again.

import BusTestSupport
import DBusTypes
import EventLoop
import TestSupport
import Testing

@testable import DBusBridge

@Suite(.needs(.root, .mountNamespaces, .program("dbus-daemon"), .program("dbus-broker-launch"), .program("busctl")))
struct ReconnectTests {
  @Test(arguments: TestBus.Kind.allCases)
  func `after a restart of the bus the name, the objects and the rules are back`(_ kind: TestBus.Kind) async throws {
    let bus = try await TestBus(kind)
    let service = try await Peer.connected(bus)
    let names = Recorder<NameEvent>()
    let heard = Recorder<BusMessage>()
    await service.bus.export(EchoService.object())
    await service.bus.own(EchoService.name) { names.append($0) }
    await service.bus.addMatch(MatchRule(interface: "org.example.News")) { heard.append($0) }
    try await names.atLeast(1)
    let states = service.states.count

    try await bus.restart()
    try await service.connected(from: states)
    #expect(try await names.atLeast(3) == [.acquired, .lost, .acquired])
    let sum = try await bus.call(
      "org.example.Echo1", "/org/example/Echo1", "org.example.Echo1.Main", "Add", "uu", "1", "2")
    #expect(sum.output == "u 3\n", "\(sum)")
    let sender = try await Peer.connected(bus)
    try await service.bus.roundTrip()
    await sender.bus.send(.signal("/a", "org.example.News", "Flash"))
    try await heard.first { $0.member == "Flash" }
    #expect(await service.bus.statistics.connections == 2)
  }

  @Test(arguments: TestBus.Kind.allCases)
  func `a bus that is killed in the middle of a send is seen, and calls in progress fail`(_ kind: TestBus.Kind)
    async throws
  {
    let bus = try await TestBus(kind)
    let peer = try await Peer.connected(bus)
    let states = peer.states.count
    bus.pause()
    let answers = Recorder<Result<BusMessage, BusError>>()
    await peer.bus.call(.call(.bus, "/org/freedesktop/DBus", .bus, "GetId")) { answers.append($0) }
    let large = BusMessage.signal("/a", "a.b", "C", [.bytes(Array(repeating: 0, count: 900_000))])
    #expect(await peer.bus.send(large) == .queued)
    #expect(await peer.bus.outgoingBytes > 0)
    try await bus.kill()
    try await peer.states.first("the loss", from: states) { if case .disconnected(.some) = $0 { true } else { false } }
    #expect(try await answers.atLeast(1)[0].failure?.isLocal == true)
    #expect(answers.count == 1)
    #expect(await peer.bus.outgoingBytes == 0)
    #expect(await peer.bus.send(large) == .notConnected)
    try await bus.restart()
    try await peer.connected(from: states)
    try await peer.bus.roundTrip()
  }

  @Test func `a bus that is not there is tried again and again, with its reason, until it comes`() async throws {
    let bus = try await TestBus()
    try await bus.kill()
    let peer = try await Peer(bus.address)
    await peer.bus.start()
    try await peer.states.until("three tries") { $0.count { $0 == .connecting } >= 3 }
    let reason = try await peer.states.first { if case .disconnected(.some) = $0 { true } else { false } }
    guard case .disconnected(.some(let error)) = reason else { return }
    #expect(error.name == "org.freedesktop.DBus.Error.FileNotFound")
    #expect(error.isLocal)
    try await bus.restart()
    try await peer.connected()
  }

  @Test func `a transport that libdbus does not know is an error and no end`() async throws {
    let peer = try await Peer("nonsense:with=%7F%C3%A9;unix:wrong=key")
    await peer.bus.start()
    try await peer.states.until("two tries") { $0.count { $0 == .connecting } >= 2 }
  }

  @Test func `a bus that does not answer is given up after a time`() async throws {
    let bus = try await TestBus()
    bus.pause()
    var options = BusOptions.quick
    options.helloTimeout = .milliseconds(50)
    let peer = try await Peer(bus.address, options: options)
    await peer.bus.start()
    let state = try await peer.states.first { if case .disconnected(.some) = $0 { true } else { false } }
    guard case .disconnected(.some(let error)) = state else { return }
    #expect(error.name == .noReply)
    bus.resume()
    try await peer.connected()
  }

  @Test func `connecting to a bus whose backlog is full does not hold up the loop`() async throws {
    let bus = try await TestBus()
    bus.pause()
    var waiting: [Descriptor] = []
    // The bus accepts nobody, so this ends when its backlog is full.
    while let descriptor = try? UnixSocket.connect(to: bus.socketPath) { waiting.append(descriptor) }
    #expect(!waiting.isEmpty)
    let peer = try await Peer(bus.address)
    await peer.bus.start()
    #expect(await peer.bus.state == .connecting)
    // Timers of the loop go on, and stopping and starting again neither waits nor piles up threads.
    let ticks = Recorder<Int>()
    let timer = peer.loop.addTimeout(.every(.milliseconds(2))) { _ in ticks.append(1) }
    try await ticks.atLeast(10)
    peer.loop.removeTimeout(timer)
    for _ in 0..<5 {
      await peer.bus.stop()
      await peer.bus.start()
    }
    #expect(await peer.bus.isOpening)
    waiting = []
    bus.resume()
    try await peer.connected()
  }

  @Test func `stopping is final until starting again, and legal inside a handler`() async throws {
    let bus = try await TestBus()
    let peer = try await Peer(bus.address)
    let connection = peer.bus
    // A handler that holds the connection which holds it would be a cycle.
    await connection.onStateChange { [weak connection] state in
      if state.isConnected { connection?.assumeIsolated { $0.stop() } }
    }
    await connection.start()
    try await peer.states.first { if case .disconnected(.some) = $0 { true } else { false } }
    #expect(await connection.retryTimer == nil)
    #expect(await connection.state == .disconnected(.stopped))
    let before = peer.states.count
    await connection.start()
    try await peer.states.first(from: before) { if case .disconnected(.some) = $0 { true } else { false } }
  }

  @Test func `a connection that was stopped and let go of leaves nothing behind`() async throws {
    let bus = try await TestBus()
    let farewells = Recorder<String>()
    let kept = Recorder<BusCall>()
    do {
      let farewell = Farewell(farewells)
      let service = try await Peer.connected(bus)
      await service.bus.onStateChange { _ in withExtendedLifetime(farewell) {} }
      await service.bus.export(EchoService.object(kept: kept))
      try await service.own(EchoService.name)
      await service.bus.addMatch(MatchRule()) { _ in withExtendedLifetime(farewell) {} }
      let client = try await Peer.connected(bus)
      await client.bus.track(try await service.connected()) { withExtendedLifetime(farewell) {} }
      await client.bus.call(EchoService.call("Keep")) { _ in withExtendedLifetime(farewell) {} }
      try await kept.atLeast(1)
    }
    // Even a call that is kept unanswered keeps nothing but itself.
    try await farewells.atLeast(1)
    kept.all.first?.reply()
  }

  @Test func `a stop with grace lets what waits go out first`() async throws {
    let bus = try await TestBus()
    let listener = try await Peer.connected(bus)
    let sender = try await Peer.connected(bus)
    let heard = Recorder<BusMessage>()
    await listener.bus.addMatch(MatchRule(interface: "org.example.Last")) { heard.append($0) }
    try await listener.bus.roundTrip()
    let large = BusMessage.signal("/a", "org.example.Last", "Words", [.bytes(Array(repeating: 7, count: 900_000))])
    await sender.bus.inOneStep { connection in
      connection.send(large)
      connection.stop(grace: .seconds(60))
    }
    try await heard.atLeast(1)
    try await sender.states.first { $0 == .disconnected(.stopped) }
    // With a bus that reads nothing the grace ends.
    let stuck = try await Peer.connected(bus)
    bus.pause()
    await stuck.bus.inOneStep { connection in
      connection.send(large)
      connection.stop(grace: .milliseconds(20))
    }
    try await stuck.states.first { $0 == .disconnected(.stopped) }
  }
}

/// Says when the last one that held it is gone.
private final class Farewell: Sendable {
  private let farewells: Recorder<String>
  init(_ farewells: Recorder<String>) { self.farewells = farewells }
  deinit { farewells.append("farewell") }
}
