// SPDX-License-Identifier: Apache-2.0
// The delivery to one consumer: position, window, gaps, suspension, without input and output.

import EventModel
import Testing

@testable import Hub

private let page = DeliveryAmount(events: 4, bytes: 10_000)
private let wide = DeliveryAmount(events: 100, bytes: 1_000_000)

/// The read that is asked for, if one is.
private func asked(_ actions: [Delivery.Action]?) -> (after: UInt64, amount: DeliveryAmount, ticket: UInt64)? {
  for case .read(let after, let amount, let ticket) in actions ?? [] { return (after, amount, ticket) }
  return nil
}

private func batches(_ actions: [Delivery.Action]) -> [DeliveryBatch] {
  actions.compactMap { if case .hand(let batch) = $0 { batch } else { nil } }
}

@Suite("Hub: delivery")
struct DeliveryTests {
  @Test func `a consumer at the end asks for nothing, one that is behind for a page`() throws {
    var delivery = Delivery(after: 7, head: 7, window: wide, page: page)
    #expect(delivery.start().isEmpty)
    #expect(delivery.state == .live)
    let read = try #require(asked(delivery.published(head: 9, amount: .zero)))
    #expect(read.after == 7 && read.amount == page)
    #expect(delivery.state == .replaying)
    #expect(delivery.published(head: 10, amount: .zero).isEmpty, "one read at a time")
  }

  @Test func `a page is handed over and the next one asked for, up to the newest`() throws {
    var delivery = Delivery(after: 0, head: 5, window: wide, page: page)
    let first = try #require(asked(delivery.start()))
    let actions = delivery.read([event(2), event(4)], searched: 4, ticket: first.ticket)
    #expect(batches(actions) == [DeliveryBatch(first: 1, events: [event(2), event(4)])])
    let second = try #require(asked(actions))
    #expect(second.after == 4)
    let last = delivery.read([event(5)], searched: 5, ticket: second.ticket)
    #expect(batches(last).map(\.first) == [5])
    #expect(asked(last) == nil)
    #expect(delivery.state == .live && delivery.lag == 0)
  }

  @Test func `an event that is not public yet waits for its publication`() throws {
    var delivery = Delivery(after: 0, head: 2, window: wide, page: page)
    let read = try #require(asked(delivery.start()))
    let actions = delivery.read([event(1), event(2), event(3)], searched: 3, ticket: read.ticket)
    #expect(batches(actions).flatMap(\.events).map(\.sequence) == [1, 2])
    #expect(delivery.position == 2)
    #expect(asked(delivery.published(head: 3, amount: .zero))?.after == 2)
  }

  @Test func `what does not pass the filter moves the position and takes no credit`() throws {
    var delivery = Delivery(after: 0, head: 9, window: wide, page: page)
    let read = try #require(asked(delivery.start()))
    let actions = delivery.read([], searched: 9, ticket: read.ticket)
    #expect(actions.isEmpty)
    #expect(delivery.position == 9 && delivery.owedAmount == .zero)
    let next = try #require(asked(delivery.published(head: 10, amount: .zero)))
    let batch = batches(delivery.read([event(10)], searched: 10, ticket: next.ticket))
    #expect(batch.map(\.first) == [1], "nothing that was asked for lies between 1 and 10")
  }

  @Test func `no more is owed than the window, and an acknowledgement makes room`() throws {
    var delivery = Delivery(after: 0, head: 10, window: DeliveryAmount(events: 3, bytes: 1_000_000), page: page)
    let read = try #require(asked(delivery.start()))
    #expect(read.amount.events == 3)
    let actions = delivery.read([event(1), event(2), event(3)], searched: 3, ticket: read.ticket)
    #expect(asked(actions) == nil)
    #expect(delivery.state == .waiting && delivery.lag == 7)
    let next = try #require(asked(delivery.acknowledge(through: 2)))
    #expect(next.after == 3 && next.amount.events == 2)
    #expect(delivery.owedAmount.events == 1)
  }

  @Test func `a window that shrinks during a read takes what fits and reads the rest again`() throws {
    var delivery = Delivery(after: 0, head: 4, window: wide, page: page)
    let read = try #require(asked(delivery.start()))
    #expect(delivery.setWindow(DeliveryAmount(events: 1, bytes: 1000)).isEmpty)
    let actions = delivery.read([event(1), event(2)], searched: 4, ticket: read.ticket)
    #expect(batches(actions).flatMap(\.events).map(\.sequence) == [1])
    #expect(asked(delivery.acknowledge(through: 1))?.after == 1)
  }

  @Test func `bytes bound the window too, but one event always fits`() throws {
    var delivery = Delivery(after: 0, head: 4, window: DeliveryAmount(events: 9, bytes: 1), page: page)
    let read = try #require(asked(delivery.start()))
    let actions = delivery.read([event(1), event(2)], searched: 2, ticket: read.ticket)
    #expect(batches(actions).flatMap(\.events).map(\.sequence) == [1])
    #expect(asked(actions) == nil)
  }

  @Test func `credit zero stops the delivery, more credit begins it again`() throws {
    var delivery = Delivery(after: 0, head: 4, window: DeliveryAmount(events: 0, bytes: 1000), page: page)
    #expect(delivery.start().isEmpty)
    #expect(delivery.state == .waiting)
    #expect(asked(delivery.setWindow(wide))?.after == 0)
  }

  @Test func `a missing stretch is told, and the delivery goes on behind it`() throws {
    var delivery = Delivery(after: 3, head: 20, window: wide, page: page)
    let read = try #require(asked(delivery.start()))
    let actions = delivery.missing(through: 9, reason: "expired", ticket: read.ticket)
    #expect(actions.dropLast() == [.watch, .tell(PublishedGap(first: 4, last: 9, reason: "expired"), first: 4)])
    #expect(delivery.owedAmount.events == 1, "a gap is acknowledged too")
    let next = try #require(asked(actions))
    #expect(next.after == 9)
    #expect(batches(delivery.read([event(10)], searched: 10, ticket: next.ticket)).map(\.first) == [10])
  }

  @Test func `an acknowledgement of what was never given is refused`() throws {
    var delivery = Delivery(after: 3, head: 20, window: wide, page: page)
    let read = try #require(asked(delivery.start()))
    #expect(delivery.acknowledge(through: 4) == nil)
    _ = delivery.read([event(5)], searched: 5, ticket: read.ticket)
    #expect(delivery.acknowledge(through: 6) == nil)
    #expect(delivery.acknowledge(through: 5) != nil)
    #expect(delivery.acknowledge(through: 0) == [], "an old one changes nothing")
  }

  @Test func `an owed acknowledgement is watched, anew with each one that comes`() throws {
    var delivery = Delivery(after: 0, head: 2, window: wide, page: page)
    let read = try #require(asked(delivery.start()))
    #expect(delivery.read([event(1), event(2)], searched: 2, ticket: read.ticket).first == .watch)
    #expect(delivery.acknowledge(through: 0) == [])
    #expect(delivery.acknowledge(through: 1) == [.watch])
    #expect(delivery.acknowledge(through: 2) == [.unwatch])
    #expect(delivery.overdue().isEmpty)
  }

  @Test func `who owes for too long is suspended, and resumes after what it acknowledges`() throws {
    var delivery = Delivery(after: 0, head: 9, window: wide, page: page)
    let read = try #require(asked(delivery.start()))
    _ = delivery.read([event(2), event(3), event(4)], searched: 4, ticket: read.ticket)
    _ = delivery.acknowledge(through: 2)
    #expect(delivery.overdue() == [.suspend(after: 2)])
    #expect(delivery.overdue() == [.suspend(after: 2)], "told again, since it may have been lost")
    #expect(delivery.state == .suspended && delivery.owedAmount == .zero)
    #expect(delivery.published(head: 10, amount: .zero).isEmpty)
    #expect(delivery.read([event(5)], searched: 5, ticket: 2).isEmpty, "a read that was under way is void")
    let again = try #require(asked(delivery.acknowledge(through: 2)))
    #expect(again.after == 2)
    #expect(batches(delivery.read([event(3)], searched: 3, ticket: again.ticket)).map(\.first) == [3])
  }

  @Test func `what could not be sent comes again when it is released`() throws {
    var delivery = Delivery(after: 0, head: 9, window: wide, page: page)
    let read = try #require(asked(delivery.start()))
    _ = delivery.read([event(2), event(3)], searched: 4, ticket: read.ticket)
    #expect(delivery.postponed(from: 1) == [.unwatch])
    #expect(delivery.owedAmount == .zero && delivery.state == .waiting)
    #expect(delivery.published(head: 12, amount: .zero).isEmpty)
    #expect(asked(delivery.release())?.after == 0)
    #expect(delivery.release().isEmpty, "a second release finds nothing held")
  }

  @Test func `what the bus refused takes back all that followed, and the time runs on`() throws {
    var delivery = Delivery(after: 0, head: 9, window: wide, page: page)
    let first = try #require(asked(delivery.start()))
    let second = try #require(asked(delivery.read([event(1), event(2)], searched: 2, ticket: first.ticket)))
    _ = delivery.read([event(3)], searched: 3, ticket: second.ticket)
    #expect(delivery.refused(from: 1) == [.retryLater])
    #expect(delivery.position == 0)
    let again = try #require(asked(delivery.release()))
    #expect(again.after == 0)
    #expect(!delivery.read([event(1)], searched: 1, ticket: again.ticket).contains(.watch))
    #expect(delivery.overdue().contains(.suspend(after: 0)))
  }

  @Test func `a late acknowledgement of what was taken back counts`() throws {
    var delivery = Delivery(after: 0, head: 9, window: wide, page: page)
    let read = try #require(asked(delivery.start()))
    _ = delivery.read([event(1), event(2)], searched: 2, ticket: read.ticket)
    _ = delivery.refused(from: 1)
    _ = delivery.acknowledge(through: 2)
    #expect(delivery.position == 2)
    #expect(asked(delivery.release())?.after == 2)
  }

  @Test func `a log that cannot be read, or says nothing, is asked again later`() throws {
    var delivery = Delivery(after: 0, head: 9, window: wide, page: page)
    let read = try #require(asked(delivery.start()))
    #expect(delivery.unreadable(ticket: read.ticket) == [.retryLater])
    let again = try #require(asked(delivery.release()))
    #expect(delivery.read([], searched: 0, ticket: again.ticket) == [.retryLater], "no turning in circles")
  }

  @Test func `patience ends by events or bytes published while a consumer without room takes nothing`() throws {
    let patience = DeliveryAmount(events: 10, bytes: 1000)
    var delivery = Delivery(
      after: 0, head: 2, window: DeliveryAmount(events: 2, bytes: 10_000), page: page, patience: patience)
    let read = try #require(asked(delivery.start()))
    _ = delivery.read([event(1), event(2)], searched: 2, ticket: read.ticket)
    #expect(delivery.published(head: 12, amount: DeliveryAmount(events: 10, bytes: 10)).isEmpty)
    _ = delivery.acknowledge(through: 1)
    #expect(asked(delivery.acknowledge(through: 2)) == nil)
    // Taking something begins the count anew; the read that the room allowed ends in a full window again.
    _ = delivery.read([event(3), event(4)], searched: 4, ticket: 2)
    #expect(!delivery.published(head: 13, amount: DeliveryAmount(events: 1, bytes: 900)).contains(.overflow(after: 4)))
    #expect(delivery.published(head: 14, amount: DeliveryAmount(events: 1, bytes: 101)).contains(.overflow(after: 4)))
    #expect(delivery.acknowledge(through: 4) == [], "it has ended")
  }

  @Test func `who takes something without finishing it is slow and not asleep`() throws {
    let patience = DeliveryAmount(events: 10, bytes: 1000)
    var delivery = Delivery(
      after: 0, head: 2, window: DeliveryAmount(events: 2, bytes: 10_000), page: page, patience: patience)
    let read = try #require(asked(delivery.start()))
    _ = delivery.read([event(1), event(2)], searched: 2, ticket: read.ticket)
    for head in stride(from: 10, through: 100, by: 8) as StrideThrough<UInt64> {
      #expect(delivery.published(head: head, amount: DeliveryAmount(events: 8, bytes: 8)).isEmpty)
      delivery.progress()
    }
  }

  @Test(arguments: 1...120 as ClosedRange<UInt64>)
  func `whatever happens, each number comes exactly once or in a gap that was told`(_ seed: UInt64) {
    var world = DeliveryWorld(seed: seed)
    world.run(steps: 400)
  }
}
