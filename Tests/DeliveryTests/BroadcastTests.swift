// SPDX-License-Identifier: Apache-2.0
// The signals to everybody: Event, Gap and Heartbeat.

import TestSupport
import Testing

@Suite(
  "Delivery: broadcast",
  .needs(.root, .mountNamespaces, .program("dbus-daemon"), .program("dbus-broker-launch"), .program("busctl")),
  .timeLimit(.minutes(5)))
struct BroadcastTests {
  @Test(arguments: TestBus.Kind.allCases)
  func `a reader hears each number once, in order, and in silence the newest by the heartbeat`(
    _ kind: TestBus.Kind
  ) async throws {
    let bus = try await TestBus(kind)
    var options = HubHost.Options()
    options.heartbeatInterval = .milliseconds(50)
    let host = try await HubHost(bus, options)
    let reader = try await BroadcastReader(bus)
    let end = await host.publish(3000)
    try await reader.reached(end)
    await reader.expectComplete(through: end)
    #expect(await reader.gaps.isEmpty)
    // Nothing happens any more, and still the hub says how far it is, again and again.
    let beats = reader.heartbeats.count
    try await reader.heartbeats.atLeast(beats + 3, "heartbeats")
    #expect(reader.heartbeats.all.suffix(2) == [end, end])
  }

  @Test(arguments: TestBus.Kind.allCases)
  func `who missed the last events notices by the heartbeat, and can have them`(_ kind: TestBus.Kind) async throws {
    let bus = try await TestBus(kind)
    var options = HubHost.Options()
    options.heartbeatInterval = .milliseconds(50)
    let host = try await HubHost(bus, options)
    let end = await host.publish(100)
    // An answer of the hub comes behind its signals: the bus has given out all of them, and a reader comes too late.
    let client = try await Client(bus)
    _ = try await client.history(after: 0, through: end)
    let reader = try await BroadcastReader(bus)
    let told = try await reader.heartbeats.first("a heartbeat") { _ in true }
    #expect(told == end)
    #expect(await reader.seen.isEmpty)
    let history = try await client.history(after: 0, through: told)
    #expect(history.map(\.sequence) == Array(1...end))
  }
}
