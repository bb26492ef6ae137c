// SPDX-License-Identifier: Apache-2.0
// What was published lately, as consumers read it.

import EventModel
import Testing

@testable import Hub

private let all = DeliveryAmount(events: 1000, bytes: 1_000_000)

@Suite("Hub: recent events")
struct RecentEventsTests {
  private func batch(_ sequences: ClosedRange<UInt64>, gap: PublishedGap? = nil) -> PublishedBatch {
    PublishedBatch(events: sequences.map { event($0) }, gap: gap)
  }

  @Test func `what was published is found after any number that is not too old`() {
    var recent = RecentEvents(head: 10)
    recent.append(batch(11...20), limit: all)
    #expect(recent.read(after: 9, amount: all, filter: .everything) == nil)
    #expect(
      recent.read(after: 10, amount: all, filter: .everything) == .page((11...20).map { event($0) }, searched: 20))
    #expect(recent.read(after: 19, amount: all, filter: .everything) == .page([event(20)], searched: 20))
    #expect(recent.read(after: 20, amount: all, filter: .everything) == .page([], searched: 20))
    #expect(recent.read(after: 21, amount: all, filter: .everything) == nil)
  }

  @Test func `a page ends with what was asked for`() {
    var recent = RecentEvents(head: 0)
    recent.append(batch(1...9), limit: all)
    let three = DeliveryAmount(events: 3, bytes: 1_000_000)
    #expect(recent.read(after: 2, amount: three, filter: .everything) == .page((3...5).map { event($0) }, searched: 5))
    let one = DeliveryAmount(events: 100, bytes: 1)
    #expect(recent.read(after: 2, amount: one, filter: .everything) == .page([event(3)], searched: 3))
  }

  @Test func `the filter picks, and the search goes on past what it leaves out`() {
    var recent = RecentEvents(head: 0)
    recent.append(PublishedBatch(events: [event(1), event(2, .vmStatePaused), event(3), event(4)]), limit: all)
    let filter = EventFilter(kinds: [.vmStatePaused], subjects: nil)
    #expect(recent.read(after: 0, amount: all, filter: filter) == .page([event(2, .vmStatePaused)], searched: 4))
  }

  @Test func `events and bytes bound it, and the floor says what is gone`() {
    var recent = RecentEvents(head: 0)
    let five = DeliveryAmount(events: 5, bytes: 1_000_000)
    for first in stride(from: 1, to: 10_000, by: 10) as StrideTo<UInt64> {
      recent.append(batch(first...first + 9), limit: five)
    }
    #expect(recent.amount.events == 5)
    #expect(recent.floor == recent.head - 5)
    #expect(recent.read(after: recent.floor - 1, amount: all, filter: .everything) == nil)
    var small = RecentEvents(head: 0)
    small.append(batch(1...9), limit: DeliveryAmount(events: 1000, bytes: 3 * event(1).footprint))
    #expect(small.amount.events == 3 && small.amount.bytes == 3 * event(1).footprint)
  }

  @Test func `a limit that came down lets go of what is beyond it, and one that went up keeps what comes`() {
    var recent = RecentEvents(head: 0)
    recent.append(batch(1...900), limit: all)
    recent.append(batch(901...902), limit: DeliveryAmount(events: 10, bytes: 1_000_000))
    #expect(recent.amount.events == 10 && recent.floor == 892)
    #expect(recent.read(after: 891, amount: all, filter: .everything) == nil)
    recent.append(batch(903...950), limit: all)
    #expect(recent.amount.events == 58 && recent.floor == 892)
    #expect(
      recent.read(after: 892, amount: all, filter: .everything) == .page((893...950).map { event($0) }, searched: 950))
  }

  @Test func `numbers that never came are a gap, after what lies before them`() {
    var recent = RecentEvents(head: 0)
    recent.append(batch(1...3), limit: all)
    recent.append(batch(9...10, gap: PublishedGap(first: 4, last: 8, reason: "journal-behind")), limit: all)
    #expect(recent.read(after: 1, amount: all, filter: .everything) == .page([event(2), event(3)], searched: 3))
    #expect(recent.read(after: 3, amount: all, filter: .everything) == .missing(through: 8, reason: "journal-behind"))
    #expect(recent.read(after: 5, amount: all, filter: .everything) == .missing(through: 8, reason: "journal-behind"))
    #expect(recent.read(after: 8, amount: all, filter: .everything) == .page([event(9), event(10)], searched: 10))
  }
}
