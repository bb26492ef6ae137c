// SPDX-License-Identifier: Apache-2.0
// One subscriber, one stream reader and one broadcast reader stand still at once: the others do not notice, and each
// catches up or is told what it cannot have.

import DBusTypes
import Dispatch
import TestSupport
import Testing

@Suite(
  "Delivery: stalled readers",
  .needs(.root, .mountNamespaces, .program("dbus-daemon"), .program("dbus-broker-launch"), .program("busctl")),
  .timeLimit(.minutes(30)))
struct StallTests {
  /// How far behind the last event a healthy subscriber may be.
  ///
  /// The short form runs beside other tests, and shows only
  /// that it does not wait for the others.
  private static let delay = Effort.isFull ? Duration.seconds(1) : Patience.standard / 2
  /// How much memory all of it may take at most.
  private static let memory = 160 << 20

  @Test(arguments: TestBus.Kind.allCases)
  func `stalled subscriber, stream and broadcast reader at once: memory bounded, the healthy one in time, all catch up`(
    _ kind: TestBus.Kind
  ) async throws {
    let bus = try await TestBus(kind)
    let daemon = try await Daemon(on: bus, monitors: 50)
    let client = try await Client(bus)
    let healthy = try await Subscriber(bus)
    let stalled = try await Subscriber(bus)
    let broadcast = try await BroadcastReader(bus)
    let stream = try await StreamReader.open(client)
    let head = try await daemon.current.head()
    for subscriber in [healthy, stalled] { try await subscriber.reached(head) }

    let goOn = [stalled.stall(), broadcast.stall()]
    defer { for semaphore in goOn { semaphore.signal() } }
    let count = Effort.of(10_000, full: 200_000)
    for piece in 1...count / 2000 {
      // As fast as the healthy one can: beyond that its own speed would be measured, and not what the others cost it.
      try await daemon.emit(2000)
      try await healthy.reached(UInt64(piece * 2000))
    }
    daemon.emitLast()
    try await healthy.kinds.atLeast(50, "last events", within: Patience.standard * 10)
    let end = try await daemon.current.head()
    try await healthy.reached(end)
    #expect(end >= UInt64(count))
    let delay = await healthy.delay
    #expect(delay < Self.delay, "after the last event was recorded")
    await healthy.expectComplete(from: 1, through: end)
    #expect(try daemon.peakBytes < Self.memory)

    for semaphore in goOn { semaphore.signal() }
    stream.start()
    try await stalled.reached(end, within: Patience.standard * 10)
    await stalled.expectComplete(from: 1, through: end)
    try await stream.reached(end, within: Patience.standard * 10)
    stream.expectComplete(from: 1, through: end)
    // Broadcasts have no replay: by the next one, or the heartbeat's number, a reader sees what it missed, and asks.
    try await broadcast.catchUp(with: client, through: end)
    await broadcast.expectComplete(through: end)
    #expect(try daemon.peakBytes < Self.memory)
  }
}
