// SPDX-License-Identifier: Apache-2.0
// Subscribe and its objects, on both brokers.

import DBusBridge
import DBusTypes
import EventModel
import Hub
import TestSupport
import Testing

@Suite(
  "Delivery: subscriptions",
  .needs(.root, .mountNamespaces, .program("dbus-daemon"), .program("dbus-broker-launch"), .program("busctl")),
  .timeLimit(.minutes(5)))
struct SubscriptionTests {
  @Test(arguments: TestBus.Kind.allCases)
  func `replay and live are one stream, each number exactly once`(_ kind: TestBus.Kind) async throws {
    let bus = try await TestBus(kind)
    let host = try await HubHost(bus)
    await host.publish(3000)
    let subscriber = try await Subscriber(bus)
    let end = await host.publish(5000)
    try await subscriber.reached(end)
    await subscriber.expectComplete(from: 1, through: end)
    #expect(await subscriber.largestBatch <= 128)
    #expect(await subscriber.gaps.isEmpty)
    #expect(try await subscriber.property("State") == .string("live"))
    #expect(try await subscriber.property("Lag") == .uint64(0))
    #expect(try await subscriber.property("Delivered") == .uint64(end))
  }

  @Test(arguments: TestBus.Kind.allCases)
  func `kinds and subjects pick, and what is left out moves no credit`(_ kind: TestBus.Kind) async throws {
    let bus = try await TestBus(kind)
    let host = try await HubHost(bus)
    var wishes = Subscriber.Wishes()
    wishes.kinds = ["vm.state.*"]
    wishes.subjects = [HubHost.subject.objectPath]
    wishes.credit = 1
    let subscriber = try await Subscriber(bus, wishes)
    await host.publish(500)
    let wanted = await host.publish(1, .vmStatePaused)
    await host.publish(500)
    let second = await host.publish(1, .vmStateRunning)
    try await subscriber.reached(second)
    #expect(await subscriber.seen == [wanted, second])
    #expect(await subscriber.left == 0)
  }

  @Test(arguments: TestBus.Kind.allCases)
  func `at most the credit is under way, and Ack and SetCredit make room`(_ kind: TestBus.Kind) async throws {
    let bus = try await TestBus(kind)
    let host = try await HubHost(bus)
    var wishes = Subscriber.Wishes()
    wishes.credit = 10
    wishes.acknowledges = false
    wishes.after = await host.head
    let subscriber = try await Subscriber(bus, wishes)
    try await subscriber.subscriptions.first { _ in true }
    let start = wishes.after
    let end = await host.publish(100)
    try await subscriber.reached(start + 10)
    // The answer comes after everything that was sent before it.
    #expect(try await subscriber.property("State") == .string("waiting"))
    #expect(try await subscriber.property("Lag") == .uint64(90))
    #expect(await subscriber.seen.count == 10)
    _ = try await subscriber.call("Ack", .uint64(start + 4))
    try await subscriber.reached(start + 14)
    _ = try await subscriber.call("SetCredit", .uint32(20))
    try await subscriber.reached(start + 24)
    #expect(await subscriber.seen.count == 24)
    _ = try await subscriber.call("SetCredit", .uint32(0))
    _ = try await subscriber.call("Ack", .uint64(start + 24))
    #expect(try await subscriber.property("Delivered") == .uint64(start + 24), "credit 0 stops it")
    await #expect(throws: BusError.self) { try await subscriber.call("Ack", .uint64(start + 25)) }
    await #expect(throws: BusError.self) { try await subscriber.call("SetCredit", .uint32(10_001)) }
    await subscriber.setAcknowledging(true)
    _ = try await subscriber.call("SetCredit", .uint32(10_000))
    try await subscriber.reached(end)
    await subscriber.expectComplete(from: start + 1, through: end)
  }

  @Test(
    arguments: [
      (["vm.stat.*"], [], 0, [:], "UnknownKind", "vm.stat.*"),
      ([], ["/org/vireo/Hub1/nothing/x"], 0, [:], "InvalidArgument", "object path"),
      ([], [], 1_000_000, [:], "CursorForeign", "other instance"),
      ([], [], 0, ["instance": "0123456789abcdef0123456789abcdef"], "CursorForeign", "other instance"),
      ([], [], 0, ["instance": "x"], "InvalidArgument", "InstanceID"),
      ([], [], 0, ["colour": "red"], "InvalidArgument", "unknown option"),
      ([], [], 5, ["from": "now"], "InvalidArgument", "after must be 0"),
      ([], [], 0, ["from": "later"], "InvalidArgument", "now or oldest"),
      ([], [], 1, [:], "CursorExpired", ""),
    ] as [([String], [String], UInt64, [String: String], String, String)])
  func `a wrong wish is refused with its name`(
    _ kinds: [String], _ subjects: [String], _ after: UInt64, _ options: [String: String], _ error: String,
    _ text: String
  ) async throws {
    let bus = try await TestBus(.daemon)
    var hostOptions = HubHost.Options()
    hostOptions.log.events = 10
    let host = try await HubHost(bus, hostOptions)
    let end = await host.publish(50)
    let client = try await Client(bus)
    let refusal = await #expect(throws: BusError.self) {
      try await client.call(
        "Subscribe", .strings(kinds), .strings(subjects), .uint64(after), .uint32(0),
        .variants(options.map { ($0, .string($1)) }))
    }
    #expect(refusal?.name.rawValue == "org.vireo.Hub1.Error.\(error)")
    let expected =
      error == "CursorExpired" ? "\(end - 9)" : error == "CursorForeign" ? host.hub.instance.description : text
    #expect(refusal?.text.contains(expected) == true, "\(String(describing: refusal))")
  }

  @Test func `now and oldest say where to begin, and the right instance is taken`() async throws {
    let bus = try await TestBus(.daemon)
    let host = try await HubHost(bus)
    let head = await host.publish(50)
    let client = try await Client(bus)
    for options in [["from": "now"], ["from": "oldest"], ["instance": host.hub.instance.description]] {
      let reply = try await client.call(
        "Subscribe", .strings([]), .strings([]), .uint64(0), .uint32(0), .variants(options.map { ($0, .string($1)) }))
      #expect(reply.body.last == .uint64(head))
    }
  }

  @Test(arguments: TestBus.Kind.allCases)
  func `a subscription obeys its owner alone, and goes with it`(_ kind: TestBus.Kind) async throws {
    let bus = try await TestBus(kind)
    var options = HubHost.Options()
    options.limits.perUser = 1
    let host = try await HubHost(bus, options)
    defer { withExtendedLifetime(host) {} }
    let stranger = try await Client(bus)
    var path: ObjectPath
    do {
      let owner = try await Client(bus)
      path = try await owner.subscribe()
      for (member, body) in [("Ack", [.uint64(0)]), ("SetCredit", [.uint32(5)]), ("Cancel", [])]
        as [(MemberName, [BusValue])]
      {
        let refusal = await #expect(throws: BusError.self) { try await stranger.call(path, member, body) }
        #expect(refusal?.name == "org.vireo.Hub1.Error.NotAuthorized")
      }
      // The limit counts by user, not by connection.
      let refusal = await #expect(throws: BusError.self) { try await stranger.subscribe() }
      #expect(refusal?.name == "org.vireo.Hub1.Error.LimitsExceeded")
      #expect(refusal?.text.contains("subscriptions.max-per-user") == true)
      _ = try await owner.call(path, "Cancel", [])
      await #expect(throws: BusError.self) { try await owner.call(path, "Ack", [.uint64(0)]) }
      path = try await owner.subscribe()
      await owner.bus.stop()
    }
    // The hub hears of the departure in its own time; then there is room again.
    try await stranger.removed.first("the end of the subscription") { [path] in $0 == path }
    _ = try await stranger.subscribe()
    await #expect(throws: BusError.self) { try await stranger.call(path, "Ack", [.uint64(0)]) }
  }

  @Test(arguments: TestBus.Kind.allCases)
  func `events go to their subscriber and to nobody else`(_ kind: TestBus.Kind) async throws {
    let bus = try await TestBus(kind)
    let host = try await HubHost(bus)
    let overheard = Recorder<MemberName?>()
    let stranger = try await Client(bus)
    await stranger.bus.addMatch(MatchRule(interface: Subscriber.interface)) { overheard.append($0.member) }
    let subscriber = try await Subscriber(bus)
    let end = await host.publish(300)
    try await subscriber.reached(end)
    // What the bus had for the stranger before this answer has come before it.
    _ = try await stranger.call("FindCursor", .uint64(0))
    #expect(overheard.all.isEmpty)
  }

  @Test(arguments: TestBus.Kind.allCases)
  func `who does not acknowledge is suspended, told so again and again, and resumes by Ack`(
    _ kind: TestBus.Kind
  ) async throws {
    let bus = try await TestBus(kind)
    var options = HubHost.Options()
    options.acknowledgementTimeout = .milliseconds(30)
    let host = try await HubHost(bus, options)
    var wishes = Subscriber.Wishes()
    wishes.acknowledges = false
    wishes.resumes = false
    wishes.credit = 20
    await host.publish(1000)
    let subscriber = try await Subscriber(bus, wishes)
    let end = await host.publish(100)
    try await subscriber.suspensions.atLeast(2)
    #expect(subscriber.suspensions.all.allSatisfy { $0 == 0 })
    #expect(try await subscriber.property("State") == .string("suspended"))
    #expect(await subscriber.seen.count == 20)
    await subscriber.setAcknowledging(true)
    try await subscriber.reached(end)
    await subscriber.expectComplete(from: 1, through: end)
  }

  @Test(arguments: TestBus.Kind.allCases)
  func `retention that overtakes a waiting subscriber is told as the exact gap`(_ kind: TestBus.Kind) async throws {
    let bus = try await TestBus(kind)
    var options = HubHost.Options()
    options.log.events = 300
    options.limits.recent = DeliveryAmount(events: 100, bytes: 1 << 20)
    let host = try await HubHost(bus, options)
    var wishes = Subscriber.Wishes()
    wishes.acknowledges = false
    wishes.credit = 10
    let subscriber = try await Subscriber(bus, wishes)
    try await subscriber.subscriptions.first { _ in true }
    await host.publish(20)
    try await subscriber.reached(10)
    let end = await host.publish(1000)
    await subscriber.setAcknowledging(true)
    try await subscriber.reached(end)
    #expect(await subscriber.gaps == [11...end - 300])
    await subscriber.expectComplete(from: 1, through: end)
  }

  @Test(arguments: TestBus.Kind.allCases)
  func `a time is found as the number before it`(_ kind: TestBus.Kind) async throws {
    let bus = try await TestBus(kind)
    let host = try await HubHost(bus)
    let before = await host.publish(10)
    let client = try await Client(bus)
    let page = try await client.call("GetEvents", .uint64(before - 1), .uint32(1), .strings([]), .string(""))
    let recorded = try #require(page.body[0].array?.first?.structure?[2].uint64)
    let reply = try await client.call("FindCursor", .uint64(recorded + 1))
    #expect(reply.body == [.uint64(before)])
    #expect(try await client.call("FindCursor", .uint64(0)).body == [.uint64(0)])
    #expect(try await client.call("FindCursor", .uint64(.max)).body == [.uint64(await host.head)])
  }

  @Test(arguments: TestBus.Kind.allCases)
  func `history from a number that was never given out is foreign, from 0 it begins with the oldest`(
    _ kind: TestBus.Kind
  ) async throws {
    let bus = try await TestBus(kind)
    var options = HubHost.Options()
    options.log.events = 10
    let host = try await HubHost(bus, options)
    let end = await host.publish(30)
    let client = try await Client(bus)
    let all = try await client.call("GetEvents", .uint64(0), .uint32(0), .strings([]), .string(""))
    #expect(all.body[0].array?.compactMap { $0.structure?.first?.uint64 } == Array(end - 9...end))
    for (after, name) in [(.max, "CursorForeign"), (end + 1, "CursorForeign"), (end - 11, "CursorExpired")]
      as [(UInt64, String)]
    {
      let refusal = await #expect(throws: BusError.self) {
        try await client.call("GetEvents", .uint64(after), .uint32(0), .strings([]), .string(""))
      }
      #expect(refusal?.name.rawValue == "org.vireo.Hub1.Error.\(name)")
    }
  }
}
