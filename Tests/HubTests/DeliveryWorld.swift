// SPDX-License-Identifier: Apache-2.0
// A made-up world around one delivery: a log that loses, a bus that loses, a consumer that is slow.

import EventModel
import Testing

@testable import Hub

/// A generator that gives the same numbers for the same seed.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var value = state
    value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
    return value ^ (value >> 31)
  }
}

func event(_ sequence: UInt64, _ kind: EventKind = .vmReset) -> Event {
  Event(
    sequence: sequence, time: Timestamp(microseconds: 1), recorded: Timestamp(microseconds: Int64(sequence)),
    kind: kind, severity: .info, origin: .live, subject: Subject(.vm, "x"), name: "x", source: .hub, data: [:])
}

/// A consumer as the manual tells it to be: it takes what continues what it has, and nothing else.
struct ModelConsumer {
  private(set) var seen: [UInt64] = []
  private(set) var gaps: [ClosedRange<UInt64>] = []
  private(set) var last: UInt64

  init(after last: UInt64) { self.last = last }

  mutating func take(_ batch: DeliveryBatch) {
    guard batch.first <= last + 1 else { return }
    for event in batch.events where event.sequence > last {
      seen.append(event.sequence)
      last = event.sequence
    }
  }

  mutating func take(_ gap: PublishedGap, first: UInt64) {
    guard first <= last + 1, gap.last > last else { return }
    gaps.append(max(gap.first, last + 1)...gap.last)
    last = gap.last
  }
}

/// Random steps of everything that can happen to a delivery, and the check of what the consumer got.
struct DeliveryWorld {
  private static let filter = EventFilter(kinds: [.vmReset], subjects: nil)

  private enum OnTheWay {
    case batch(DeliveryBatch)
    case gap(PublishedGap, first: UInt64)
    case suspended
  }

  private var random: SeededGenerator
  private var held: [Event] = []
  private var wanted: Set<UInt64> = []
  /// Numbers that nobody can have (any more).
  private var unobtainable: Set<UInt64> = []
  private var head: UInt64 = 0
  private var oldest: UInt64 = 1
  private var window = DeliveryAmount(events: 8, bytes: 4000)
  private var delivery: Delivery
  private var asked: (after: UInt64, amount: DeliveryAmount, ticket: UInt64)?
  private var onTheWay: [OnTheWay] = []
  private var handed: [UInt64] = []
  private var consumer = ModelConsumer(after: 0)
  private var isFaulty = true
  private var isWatched = false

  init(seed: UInt64) {
    random = SeededGenerator(seed: seed)
    delivery = Delivery(after: 0, head: 0, window: window, page: DeliveryAmount(events: 5, bytes: 2000))
    perform(delivery.start())
  }

  mutating func run(steps: Int) {
    for _ in 0..<steps { step() }
    isFaulty = false
    window = DeliveryAmount(events: 100, bytes: 100_000)
    perform(delivery.setWindow(window))
    // Without faults it must come to rest: everything delivered, everything acknowledged.
    for _ in 0..<10_000 where !isAtRest {
      if asked != nil { answer() }
      perform(delivery.release())
      while !onTheWay.isEmpty { receive() }
      if asked == nil, !isAtRest { perform(delivery.overdue()) }
    }
    check()
  }

  private var isAtRest: Bool {
    asked == nil && onTheWay.isEmpty && delivery.state == .live && delivery.owedAmount == .zero
  }

  private func check() {
    #expect(isAtRest, "\(onTheWay.count) on the way, \(delivery)")
    let isAscending = zip(consumer.seen, consumer.seen.dropFirst()).allSatisfy(<)
    #expect(isAscending, "out of order, or twice")
    let told = Set(consumer.gaps.flatMap { Array($0) })
    let seen = Set(consumer.seen)
    expectNone(told.intersection(seen), "told as missing and seen")
    expectNone(told.subtracting(unobtainable), "told as missing, though it could be had")
    expectNone(wanted.subtracting(seen).subtracting(told), "lost without a word")
    expectNone(seen.subtracting(wanted), "not asked for")
  }

  private func expectNone(_ numbers: Set<UInt64>, _ what: Comment) {
    let sample = numbers.sorted().prefix(10)
    #expect(sample == [], what)
  }

  private mutating func step() {
    switch Int.random(in: 0..<20, using: &random) {
    case 0..<5: publish()
    case 5..<10: answer()
    case 10..<14: receive()
    case 14: retain()
    case 15:
      window = DeliveryAmount(events: .random(in: 0..<12, using: &random), bytes: .random(in: 1..<6000, using: &random))
      perform(delivery.setWindow(window))
    case 16: perform(delivery.release())
    case 17: perform(delivery.overdue())
    case 18: if let first = handed.randomElement(using: &random) { perform(delivery.refused(from: first)) }
    default: if !onTheWay.isEmpty { onTheWay.remove(at: .random(in: 0..<onTheWay.count, using: &random)) }
    }
  }

  private mutating func publish() {
    if Int.random(in: 0..<8, using: &random) == 0 {
      let count = UInt64.random(in: 1...4, using: &random)
      unobtainable.formUnion(head + 1...head + count)
      head += count
    }
    let count = Int.random(in: 1...7, using: &random)
    for _ in 0..<count {
      head += 1
      let kind = Bool.random(using: &random) ? EventKind.vmReset : .vmStatePaused
      held.append(event(head, kind))
      if kind == .vmReset { wanted.insert(head) }
    }
    perform(delivery.published(head: head, amount: DeliveryAmount(events: count, bytes: 0)))
  }

  private mutating func retain() {
    guard !held.isEmpty else { return }
    let count = Int.random(in: 0..<held.count, using: &random)
    for event in held.prefix(count) { unobtainable.insert(event.sequence) }
    held.removeFirst(count)
    oldest = max(oldest, held.first?.sequence ?? oldest)
  }

  private mutating func answer() {
    guard let asked else { return }
    self.asked = nil
    if isFaulty, Int.random(in: 0..<10, using: &random) == 0 {
      return perform(delivery.unreadable(ticket: asked.ticket))
    }
    var page: [Event] = []
    var searched = asked.after
    for event in held where event.sequence > asked.after {
      guard event.sequence == searched + 1 else { break }
      guard page.count < asked.amount.events else { break }
      searched = event.sequence
      if DeliveryWorld.filter.matches(event) { page.append(event) }
    }
    if searched == asked.after, let next = held.first(where: { $0.sequence > searched }) {
      perform(delivery.missing(through: next.sequence - 1, reason: "expired", ticket: asked.ticket))
    } else {
      perform(delivery.read(page, searched: searched, ticket: asked.ticket))
    }
  }

  private mutating func receive() {
    guard !onTheWay.isEmpty else { return }
    switch onTheWay.removeFirst() {
    case .batch(let batch): consumer.take(batch)
    case .gap(let gap, let first): consumer.take(gap, first: first)
    case .suspended: break
    }
    // A consumer may leave acknowledgements for later.
    if !isFaulty || Bool.random(using: &random) { perform(delivery.acknowledge(through: consumer.last) ?? []) }
  }

  private mutating func perform(_ actions: [Delivery.Action]) {
    for action in actions {
      switch action {
      case .read(let after, let amount, let ticket): asked = (after, amount, ticket)
      case .hand(let batch):
        handed.append(batch.first)
        if isFaulty, Int.random(in: 0..<12, using: &random) == 0 {
          return perform(delivery.postponed(from: batch.first))
        }
        let owed = delivery.owedAmount
        #expect(owed.events <= window.events, "more than the window")
        #expect(owed.bytes < window.bytes + (batch.events.last?.footprint ?? 0), "more bytes than the window")
        onTheWay.append(.batch(batch))
      case .tell(let gap, let first): onTheWay.append(.gap(gap, first: first))
      case .suspend: onTheWay.append(.suspended)
      case .watch: isWatched = true
      case .unwatch: isWatched = false
      case .overflow: Issue.record("it has patience without end")
      case .retryLater: break
      }
    }
  }
}
