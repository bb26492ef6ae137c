// SPDX-License-Identifier: Apache-2.0
// The pure parts: gaps, what the disk has not taken, walks over index entries.

import EventModel
import Testing

@testable import Journal

@Suite("Journal: gaps")
struct GapTests {
  @Test func `stretches that touch become one, in any order`() {
    var gaps = Gaps()
    for gap in [Gap(first: 20, last: 29), Gap(first: 5, last: 6), Gap(first: 7, last: 9), Gap(first: 30, last: 31)] {
      gaps.add(gap)
    }
    #expect(gaps.all == [Gap(first: 5, last: 9), Gap(first: 20, last: 31)])
    gaps.add(Gap(first: 8, last: 25))
    #expect(gaps.all == [Gap(first: 5, last: 31)])
  }

  @Test func `the next stretch is the first that ends later`() {
    let gaps = Gaps([Gap(first: 5, last: 9), Gap(first: 20, last: 31)])
    #expect(gaps.next(after: 0)?.first == 5)
    #expect(gaps.next(after: 8)?.first == 5)
    #expect(gaps.next(after: 9)?.first == 20)
    #expect(gaps.next(after: 31) == nil)
  }

  @Test func `what is missing up to a sequence is counted`() {
    let gaps = Gaps([Gap(first: 5, last: 9), Gap(first: 20, last: 31)])
    #expect([4, 5, 9, 15, 20, 40].map { gaps.count(through: $0) } == [0, 1, 5, 5, 6, 17])
  }

  @Test func `stretches that retention has passed are forgotten`() {
    var gaps = Gaps([Gap(first: 5, last: 9), Gap(first: 20, last: 31)])
    gaps.removeAll(through: 25)
    #expect(gaps.all == [Gap(first: 20, last: 31)])
  }
}

@Suite("Journal: what the disk has not taken")
struct TailTests {
  private func batch(_ numbers: ClosedRange<UInt64>) -> LogBatch { LogBatch(events: numbers.map { Samples.event($0) }) }

  @Test func `the oldest events make room, and their stretch is told`() {
    var tail = Tail()
    #expect(tail.append(batch(1...6), events: 10, bytes: .max) == nil)
    #expect(tail.append(batch(7...14), events: 10, bytes: .max) == Gap(first: 1, last: 4))
    #expect(tail.prefix(3).map(\.sequence) == [5, 6, 7])
    #expect(tail.events(after: 12).map(\.sequence) == [13, 14])
    #expect(tail.events(after: 99).map(\.sequence).isEmpty)
    #expect(tail.events(after: 0).map(\.sequence) == Array(5...14))
  }

  @Test func `bytes are limited as well as events`() {
    var tail = Tail()
    let one = Samples.event(1).footprint
    #expect(tail.append(batch(1...10), events: .max, bytes: one * 4) == Gap(first: 1, last: 6))
    #expect(tail.bytes == one * 4)
    tail.removeAll(through: 9)
    #expect(tail.bytes == one)
    tail.removeAll(through: 10)
    #expect(tail.bytes == 0 && tail.count == 0)
  }

  @Test func `many events pass through without the dead ones piling up`() {
    var tail = Tail()
    for number in UInt64(1)...20_000 {
      _ = tail.append(batch(number...number), events: 100, bytes: .max)
      if number.isMultiple(of: 777) { tail.removeAll(through: number - 50) }
    }
    #expect(tail.events(after: 0).map(\.sequence).last == 20_000)
    #expect(tail.count <= 100)
  }

  @Test func `of each object the newest state stays`() {
    var tail = Tail()
    let (old, new) = (HubObject(Subject(.vm, "a"), [.state: "x"]), HubObject(Subject(.vm, "a"), [.state: "y"]))
    let other = HubObject(Subject(.vm, "b"))
    _ = tail.append(LogBatch(events: [], objects: [old, other]), events: 1, bytes: 1)
    _ = tail.append(LogBatch(events: [], objects: [new], removed: [other.subject]), events: 1, bytes: 1)
    tail.add(unchanged: [old, other, HubObject(Subject(.vm, "c"))])
    #expect(Set(tail.changes.objects.values) == [new, HubObject(Subject(.vm, "c"))])
    #expect(tail.changes.removed == [other.subject])
    #expect(!tail.isEmpty)
  }
}

@Suite("Journal: walks over several keys")
struct KeyUnionTests {
  @Test(arguments: 0..<40)
  func `a union gives every number of every key once, in order`(_ seed: Int) throws {
    var generator = SplitMix(state: UInt64(seed))
    let keys = Int64(0)..<Int64.random(in: 1...12, using: &generator)
    let numbers = Dictionary(
      uniqueKeysWithValues: keys.map { key in
        (
          key,
          (0..<Int.random(in: 0...300, using: &generator)).map { _ in UInt64.random(in: 1...2000, using: &generator) }
        )
      }
    ).mapValues { Set($0).sorted() }
    let all = Set(numbers.values.joined()).sorted()
    var union = KeyUnion(keys: Array(keys))
    var target: UInt64 = 1
    while target < 2200 {
      let next = union.next(atLeast: target) { (key, from) throws(Never) -> [UInt64] in
        Array((numbers[key] ?? []).drop { $0 < from }.prefix(16))
      }
      #expect(next == all.first { $0 >= target })
      // Sometimes far ahead, as when another index leads.
      target = max(next ?? target, target) + (UInt64.random(in: 0...9, using: &generator) == 0 ? 200 : 1)
    }
  }

  @Test func `what lies between the numbers is not fetched`() {
    var fetched = 0
    var union = KeyUnion(keys: [1, 2])
    let numbers: [Int64: [UInt64]] = [1: [10, 1_000_000], 2: [500_000]]
    var (target, seen): (UInt64, [UInt64]) = (1, [])
    while let next = union.next(
      atLeast: target,
      { (key, from) throws(Never) -> [UInt64] in
        fetched += 1
        return Array((numbers[key] ?? []).drop { $0 < from }.prefix(16))
      })
    {
      seen.append(next)
      target = next + 1
    }
    #expect(seen == [10, 500_000, 1_000_000])
    #expect(fetched <= 4)
  }
}
