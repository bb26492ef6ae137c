// SPDX-License-Identifier: Apache-2.0
// Names that we own, clients that we track, signals that we ask for.

import BusTestSupport
import DBusTypes
import TestSupport
import Testing

@testable import DBusBridge

@Suite(.needs(.root, .mountNamespaces, .program("dbus-daemon"), .program("dbus-broker-launch")))
struct NameTests {
  private static let name: BusName = "org.example.Wanted1"

  @Test(arguments: TestBus.Kind.allCases)
  func `a name is acquired, refused, waited for, taken and given back`(_ kind: TestBus.Kind) async throws {
    let bus = try await TestBus(kind)
    let (first, second) = (try await Peer.connected(bus), try await Peer.connected(bus))
    let (events, others) = (Recorder<NameEvent>(), Recorder<NameEvent>())
    await first.bus.own(Self.name, flags: [.allowReplacement, .doNotQueue]) { events.append($0) }
    try await events.first { $0 == .acquired }
    await second.bus.own(Self.name) { others.append($0) }
    let refusal = try await others.first { _ in true }
    guard case .refused(let error) = refusal else { throw TestFailure("\(refusal)") }
    #expect(error.text.contains("another owns"))
    await second.bus.own(Self.name, flags: []) { others.append($0) }
    try await others.first { $0 == .queued }
    await second.bus.own(Self.name, flags: .replaceExisting) { others.append($0) }
    try await others.first { $0 == .acquired }
    #expect(try await events.atLeast(2) == [.acquired, .lost])
    await first.bus.own(Self.name, flags: []) { events.append($0) }
    try await events.first(from: 2) { $0 == .queued }
    await second.bus.release(Self.name)
    try await events.first(from: 3) { $0 == .acquired }
    #expect(others.count == 3)
  }

  @Test func `a name that the policy does not give is refused with the bus's reason`() async throws {
    let bus = try await TestBus(.daemon, BusConfiguration(policy: .directory("/nonexistent")))
    let peer = try await Peer.connected(bus)
    let events = Recorder<NameEvent>()
    await peer.bus.own(Self.name) { events.append($0) }
    guard case .refused(let error) = try await events.first(where: { _ in true }) else {
      throw TestFailure("not refused")
    }
    #expect(error.name == .accessDenied)
    #expect(!error.isLocal)
  }

  @Test(arguments: TestBus.Kind.allCases)
  func `a tracked client is told to be gone when it goes, or was gone already, or the bus is`(_ kind: TestBus.Kind)
    async throws
  {
    let bus = try await TestBus(kind)
    let hub = try await Peer.connected(bus)
    let client = try await Peer.connected(bus)
    let other = try await Peer.connected(bus)
    let (name, otherName) = (try await client.connected(), try await other.connected())
    let gone = Recorder<String>()
    await hub.bus.track(name) { gone.append("client") }
    await hub.bus.track(name) { gone.append("client again") }
    let dropped = await hub.bus.track(name) { gone.append("untracked") }
    await hub.bus.untrack(dropped)
    await hub.bus.track(otherName) { gone.append("other") }
    await hub.bus.track(":1.999999") { gone.append("nobody") }
    try await gone.first { $0 == "nobody" }
    #expect(gone.count == 1)
    await client.bus.stop()
    #expect(try await gone.atLeast(3) == ["nobody", "client", "client again"])
    #expect(await hub.bus.owners.count == 1)
    try await bus.kill()
    #expect(try await gone.atLeast(4) == ["nobody", "client", "client again", "other"])
    #expect(await hub.bus.owners.isEmpty)
    await hub.bus.track(name) { gone.append("no bus") }
    try await gone.atLeast(5)
  }

  @Test func `many clients are tracked by one rule each, and none is left when they are gone`() async throws {
    // The bus takes three rules: two clients and the third that is refused, and counts as gone.
    let bus = try await TestBus(.daemon, BusConfiguration(limits: ["max_match_rules_per_connection": 2]))
    let hub = try await Peer.connected(bus)
    var clients: [Peer] = []
    for _ in 0..<3 { clients.append(try await Peer.connected(bus)) }
    let gone = Recorder<Int>()
    for (number, client) in clients.enumerated() {
      let name = try await client.connected()
      // Twice the same client is one rule.
      await hub.bus.track(name) { gone.append(number) }
      await hub.bus.track(name) { gone.append(number + 10) }
    }
    #expect(try await gone.atLeast(2) == [2, 12])
    await clients[0].bus.stop()
    #expect(try await gone.atLeast(4) == [2, 12, 0, 10])
    try await hub.bus.roundTrip()
    // Its rule was given back: there is room for another.
    let name = try await clients[2].connected()
    await hub.bus.track(name) { gone.append(22) }
    try await hub.bus.roundTrip()
    await clients[2].bus.stop()
    #expect(try await gone.atLeast(5) == [2, 12, 0, 10, 22])
  }

  @Test func `equal rules are asked for once, and a refused one is told to whoever wanted it`() async throws {
    let bus = try await TestBus(.daemon, BusConfiguration(limits: ["max_match_rules_per_connection": 1]))
    let listener = try await Peer.connected(bus)
    let sender = try await Peer.connected(bus)
    let heard = Recorder<String>()
    let refused = Recorder<BusError>()
    let rule = MatchRule(interface: "org.example.News")
    let first = await listener.bus.addMatch(
      rule, failed: { refused.append($0) }, handler: { _ in heard.append("first") })
    await listener.bus.addMatch(
      rule, failed: { refused.append($0) }, handler: { _ in heard.append("second") })
    await listener.bus.addMatch(
      MatchRule(interface: "org.example.Other"), failed: { refused.append($0) }, handler: { _ in heard.append("other") }
    )
    await listener.bus.addMatch(
      MatchRule(path: "/a", pathNamespace: "/a"), failed: { refused.append($0) }, handler: { _ in heard.append("bad") })
    let errors = try await refused.atLeast(2)
    #expect(Set(errors.map(\.name)) == [.limitsExceeded, .invalidArguments])
    await sender.bus.send(.signal("/a", "org.example.News", "Flash"))
    #expect(try await heard.atLeast(2) == ["first", "second"])
    await listener.bus.removeMatch(first)
    await sender.bus.send(.signal("/a", "org.example.News", "Flash"))
    #expect(try await heard.atLeast(3) == ["first", "second", "second"])
  }

  @Test(arguments: TestBus.Kind.allCases)
  func `nobody but the owner of a name passes for it`(_ kind: TestBus.Kind) async throws {
    let bus = try await TestBus(kind)
    let listener = try await Peer.connected(bus)
    let impostor = try await Peer.connected(bus)
    let owner = try await Peer.connected(bus)
    try await owner.own(Self.name)
    let heard = Recorder<String>()
    await listener.bus.addMatch(MatchRule(sender: Self.name, interface: "org.example.News")) { signal in
      heard.append(signal.body.first?.string ?? "")
    }
    // Another rule without a sender makes the bus deliver the impostor's signals too.
    let all = Recorder<String>()
    await listener.bus.addMatch(MatchRule(interface: "org.example.News")) { all.append($0.body.first?.string ?? "") }
    try await listener.bus.roundTrip()
    let listenerName = try await listener.connected()
    await impostor.bus.send(.signal("/a", "org.example.News", "Flash", [.string("forged")]))
    await impostor.bus.send(.signal("/a", "org.example.News", "Flash", [.string("forged")], to: listenerName))
    try await impostor.bus.roundTrip()
    await owner.bus.send(.signal("/a", "org.example.News", "Flash", [.string("true")]))
    try await all.atLeast(3)
    #expect(heard.all == ["true"])
    // The name goes to another, and so does the trust.
    await owner.bus.release(Self.name)
    try await owner.bus.roundTrip()
    try await impostor.own(Self.name)
    await owner.bus.send(.signal("/a", "org.example.News", "Flash", [.string("no longer")]))
    try await owner.bus.roundTrip()
    await impostor.bus.send(.signal("/a", "org.example.News", "Flash", [.string("now true")]))
    try await all.atLeast(5)
    #expect(heard.all == ["true", "now true"])
  }
}
