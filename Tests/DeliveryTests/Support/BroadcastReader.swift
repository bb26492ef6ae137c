// SPDX-License-Identifier: Apache-2.0
// A reader of the broadcast signals, on a loop of its own.

import BusTestSupport
import DBusBridge
import DBusTypes
import Dispatch
import EventLoop
import TestSupport
import Testing

/// A reader of the broadcast signals that notices by the numbers what it missed.
actor BroadcastReader: LoopActor {
  nonisolated var loop: EventLoop { peer.loop }
  private nonisolated let peer: Peer
  nonisolated let progress = Recorder<UInt64>()
  /// The number that each heartbeat told.
  nonisolated let heartbeats = Recorder<UInt64>()
  private(set) var first: UInt64?
  private(set) var last: UInt64 = 0
  private(set) var seen: Set<UInt64> = []
  private(set) var gaps: [ClosedRange<UInt64>] = []
  /// What neither came nor was told: the reader asks for it.
  private(set) var holes: [ClosedRange<UInt64>] = []
  private var isOutOfOrder = false

  /// Connects; when this returns, the bus knows what it wants.
  init(_ testBus: TestBus) async throws {
    peer = try await Peer(testBus.address)
    begin()
    try await peer.connected()
    try await peer.bus.roundTrip()
  }

  private func begin() {
    peer.bus.assumeIsolated { bus in
      bus.addMatch(MatchRule(sender: Subscriber.hub, interface: Subscriber.manager)) { [weak self] message in
        self?.assumeIsolated { $0.received(message) }
      }
      bus.start()
    }
  }

  /// Does nothing any more until the semaphore is signalled: it does not even read.
  nonisolated func stall() -> DispatchSemaphore {
    let goOn = DispatchSemaphore(value: 0)
    loop.submit { goOn.wait() }
    return goOn
  }

  /// Waits until it has heard of a number.
  func reached(_ sequence: UInt64) async throws {
    try await progress.first("number \(sequence)") { $0 >= sequence }
  }

  /// Asks for everything between what it heard and a number.
  func catchUp(with client: Client, through end: UInt64) async throws {
    guard let first else { throw TestFailure("it heard nothing at all") }
    var after = first
    while after < end {
      let page = try await client.call("GetEvents", .uint64(after), .uint32(0), .strings([]), .string(""))
      let numbers = (page.body[0].array ?? []).compactMap { $0.structure?.first?.uint64 }
      guard let newest = numbers.last else { throw TestFailure("the history ended at \(after)") }
      seen.formUnion(numbers)
      after = newest
    }
  }

  /// Checks that every number from the first that it heard through another came, or was told as a gap.
  func expectComplete(through end: UInt64, sourceLocation: SourceLocation = #_sourceLocation) {
    guard let first else {
      Issue.record("it heard nothing at all", sourceLocation: sourceLocation)
      return
    }
    let told = gaps.reduce(into: Set<UInt64>()) { $0.formUnion($1) }
    let missing = (first...end).filter { !seen.contains($0) && !told.contains($0) }.prefix(10)
    #expect(Array(missing) == [], "neither came nor was told", sourceLocation: sourceLocation)
    #expect(!isOutOfOrder, sourceLocation: sourceLocation)
  }

  private func received(_ message: BusMessage) {
    switch message.member {
    case "Event":
      guard let number = message.body[2].uint64 else { return }
      if number <= last { isOutOfOrder = true }
      note(number...number)
      seen.insert(number)
    case "Gap":
      let numbers = message.body.compactMap(\.uint64)
      guard numbers.count == 2, numbers[0] <= numbers[1] else { return }
      note(numbers[0]...numbers[1])
      gaps.append(numbers[0]...numbers[1])
    case "Heartbeat": heartbeats.append(message.body[0].uint64 ?? 0)
    default: break
    }
  }

  private func note(_ numbers: ClosedRange<UInt64>) {
    if first == nil { first = numbers.lowerBound }
    if last > 0, numbers.lowerBound > last + 1 { holes.append(last + 1...numbers.lowerBound - 1) }
    last = max(last, numbers.upperBound)
    progress.append(last)
  }
}
