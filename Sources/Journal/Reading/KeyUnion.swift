// SPDX-License-Identifier: Apache-2.0
// Several rows of rising numbers walked as one.

/// The numbers that stand under any of several keys of an index, walked in order, without looking at what lies between.
///
/// Each key's numbers are fetched a few at a time; the keys stand in a heap by the next number of each.
struct KeyUnion {
  /// Fetches some of the numbers that stand under a key, from a number on, lowest first; none when there are no more.
  typealias Fetch<Failure: Error> = (_ key: Int64, _ from: UInt64) throws(Failure) -> [UInt64]

  private struct Run {
    let key: Int64
    var numbers: ArraySlice<UInt64> = []
    /// The next number; `.max` before the first fetch is no number of the log.
    var next: UInt64 { numbers.first ?? .max }
  }

  private var waiting: [Int64]
  private var heap: [Run] = []

  /// The union of those keys.
  init(keys: [Int64]) {
    waiting = keys
  }

  /// The smallest number from `target` on; nil when there is none.
  ///
  /// Targets must rise.
  mutating func next<Failure: Error>(
    atLeast target: UInt64, _ fetch: Fetch<Failure>
  ) throws(Failure) -> UInt64? {
    while let key = waiting.popLast() {
      var run = Run(key: key)
      if try KeyUnion.advance(&run, to: target, fetch) { push(run) }
    }
    while let first = heap.first, first.next < target {
      var run = first
      if try KeyUnion.advance(&run, to: target, fetch) {
        heap[0] = run
      } else if let last = heap.popLast(), !heap.isEmpty {
        heap[0] = last
      }
      siftDown()
    }
    return heap.first?.next
  }

  /// Moves a run to its first number from `target` on; false when there is none.
  private static func advance<Failure: Error>(
    _ run: inout Run, to target: UInt64, _ fetch: Fetch<Failure>
  ) throws(Failure) -> Bool {
    if let last = run.numbers.last, last >= target {
      // Numbers are dense within a fetch, so walking is shorter than bisecting.
      while run.next < target { run.numbers.removeFirst() }
      return true
    }
    run.numbers = try fetch(run.key, target)[...]
    return !run.numbers.isEmpty
  }

  private mutating func push(_ run: Run) {
    heap.append(run)
    var child = heap.count - 1
    while child > 0, heap[child].next < heap[(child - 1) / 2].next {
      heap.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  private mutating func siftDown() {
    var parent = 0
    while true {
      var smallest = parent
      for child in [2 * parent + 1, 2 * parent + 2]
      where child < heap.count && heap[child].next < heap[smallest].next {
        smallest = child
      }
      if smallest == parent { return }
      heap.swapAt(parent, smallest)
      parent = smallest
    }
  }
}
