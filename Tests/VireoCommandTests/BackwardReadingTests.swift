// SPDX-License-Identifier: Apache-2.0
// A history that is read forwards, told newest first.

import EventModel
import Testing
import VireoCommand

@Suite("Reading backwards") struct BackwardReadingTests {
  /// A history as the hub has it: some numbers were never logged, and some events do not pass.
  private struct History {
    var head: UInt64
    var missing: [ClosedRange<UInt64>] = []
    var passes: @Sendable (UInt64) -> Bool = { _ in true }

    /// What a reader finds after a number, up to another one; a gap is told from where the reader stands.
    func items(after start: UInt64, through end: UInt64) -> [StreamItem] {
      var items: [StreamItem] = []
      var position = start
      while position < end {
        if let gap = missing.first(where: { $0.contains(position + 1) }) {
          items.append(.gap(GapRecord(first: position + 1, last: gap.upperBound, reason: "never-logged")))
          position = gap.upperBound
        } else {
          position += 1
          if passes(position) { items.append(.event(BackwardReadingTests.event(position))) }
        }
      }
      return items
    }

    /// All that comes after a number, told backwards, and how often the hub was read.
    func backwards(from floor: UInt64 = 0, count: Int? = nil) -> (items: [StreamItem], stretches: Int) {
      var reading = BackwardReading(floor: floor, head: head, count: count)
      var (told, stretches) = ([StreamItem](), 0)
      while let stretch = reading.stretch {
        let items = items(after: stretch.start, through: stretch.end)
        let kept = Array(items.suffix(BackwardReading.itemLimit))
        told += reading.take(kept, isCut: kept.count < items.count)
        stretches += 1
      }
      return (told, stretches)
    }
  }

  private static func event(_ sequence: UInt64) -> EventRecord {
    EventRecord(
      line: "", instance: nil, sequence: sequence, time: Timestamp(microseconds: 0),
      recorded: Timestamp(microseconds: 0),
      kind: "vm.reset", severity: .info, origin: "live", subject: "", name: "", source: "", data: [:], raw: nil)
  }

  @Test(arguments: [0, 1, 2, 999, 1000, 1001, 2000, 12_345] as [UInt64], [0, 1, 500] as [UInt64])
  func `it is the same as forwards, turned round`(head: UInt64, floor: UInt64) {
    let history = History(head: head)
    let told = history.backwards(from: floor).items
    #expect(told == (floor < head ? history.items(after: floor, through: head).reversed() : []))
  }

  @Test(
    arguments: [
      [5...5], [1...1], [1...1000], [4000...9000], [9500...10_000], [9000...10_500], [1...10_000], [8999...9000],
      [9000...9001], [9001...9001], [100...200, 202...7000, 9000...9000],
    ] as [[ClosedRange<UInt64>]])
  func `a gap is told once and whole, however many stretches it reaches over`(_ missing: [ClosedRange<UInt64>]) {
    let history = History(head: 10_000, missing: missing)
    #expect(history.backwards().items == history.items(after: 0, through: 10_000).reversed())
    #expect(history.backwards(count: 3).items == history.items(after: 0, through: 10_000).reversed())
  }

  @Test func `where little passes the stretches grow, and where much does no more is kept than may be`() {
    // Ten millions of which nothing passes.
    var reading = BackwardReading(floor: 0, head: 10_000_000)
    var stretches = 0
    while reading.stretch != nil {
      _ = reading.take([], isCut: false)
      stretches += 1
    }
    #expect(stretches < 10)
    // Nothing passes for long, and then everything does.
    let sudden = History(head: 60_000, passes: { $0 < 40_000 })
    let (items, reads) = sudden.backwards()
    #expect(items == sudden.items(after: 0, through: 60_000).reversed())
    #expect(reads < 80)
  }

  @Test func `any history is told whole, in order, once`() {
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<50 {
      let head = UInt64.random(in: 1...20_000, using: &generator)
      var missing: [ClosedRange<UInt64>] = []
      var next: UInt64 = 1
      while next < head, missing.count < 6 {
        let first = next + .random(in: 0...3000, using: &generator)
        let last = first + .random(in: 0...4000, using: &generator)
        missing.append(first...last)
        next = last + 2
      }
      let sieve = UInt64.random(in: 1...40, using: &generator)
      let history = History(head: head, missing: missing, passes: { $0 % sieve == 0 })
      let told = history.backwards().items
      #expect(told == history.items(after: 0, through: head).reversed(), "\(head) \(missing) \(sieve)")
    }
  }
}
