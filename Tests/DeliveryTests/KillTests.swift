// SPDX-License-Identifier: Apache-2.0
// The daemon is killed at random moments under load, and a subscriber that resumes by its cursor loses nothing.

import DBusTypes
import TestSupport
import Testing

@Suite(
  "Delivery: kill -9",
  .needs(.root, .mountNamespaces, .program("dbus-daemon"), .program("dbus-broker-launch"), .program("busctl")),
  .timeLimit(.minutes(60)))
struct KillTests {
  @Test(arguments: TestBus.Kind.allCases)
  func `kill -9 at random moments under load: every number exactly once, none reused`(
    _ kind: TestBus.Kind
  ) async throws {
    let bus = try await TestBus(kind)
    let daemon = try await Daemon(on: bus, monitors: 8)
    let subscriber = try await Subscriber(bus)
    for _ in 0..<Effort.of(20, full: 200) {
      let target = await subscriber.last + UInt64.random(in: 1...300)
      async let load: Void = daemon.emit(600)
      // Some of the load has come through, some is on its way: that is the moment.
      try await subscriber.reached(target)
      try await daemon.killAndRestart()
      try await load
    }
    daemon.emitLast()
    try await subscriber.kinds.atLeast(daemon.fleet.peers.count, "last events")
    let head = try await daemon.current.head()
    try await subscriber.reached(head)
    await subscriber.expectComplete(from: 1, through: head)
    #expect(await subscriber.gaps.isEmpty)
    // What it saw is what the journal has: no number ever stood for anything else.
    let client = try await Client(bus)
    let (seen, numbers) = await (subscriber.fingerprints, subscriber.seen)
    var after: UInt64 = 0
    var different: [UInt64] = []
    while after < head {
      let page = try await client.call("GetEvents", .uint64(after), .uint32(0), .strings([]), .string(""))
      for event in page.body[0].array ?? [] {
        let fields = try #require(event.structure)
        let number = try #require(fields[0].uint64)
        #expect(number == after + 1)
        after = number
        if seen[number] != nil, seen[number] != Subscriber.fingerprint(fields) { different.append(number) }
      }
    }
    #expect(different == [])
    #expect(seen.count == numbers.count)
  }
}
