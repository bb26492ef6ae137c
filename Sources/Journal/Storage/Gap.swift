// SPDX-License-Identifier: Apache-2.0
// Stretches of the sequence that the log does not hold.

/// A stretch of the sequence whose events are not in the log, though later ones are or will be.
struct Gap: Hashable {
  /// The first sequence that is missing.
  var first: UInt64
  /// The last sequence that is missing.
  var last: UInt64
}

/// The stretches that are missing, in order and apart from each other.
struct Gaps {
  private(set) var all: [Gap] = []

  init(_ gaps: [Gap] = []) {
    for gap in gaps { add(gap) }
  }

  /// Adds a stretch; it becomes one with those that it touches.
  mutating func add(_ gap: Gap) {
    var merged = gap
    let touching = all.filter { $0.first <= gap.last + 1 && gap.first <= $0.last + 1 }
    for other in touching {
      merged.first = min(merged.first, other.first)
      merged.last = max(merged.last, other.last)
    }
    all.removeAll { touching.contains($0) }
    all.insert(merged, at: all.firstIndex { $0.first > merged.last } ?? all.count)
  }

  /// Forgets what lies up to a sequence.
  mutating func removeAll(through sequence: UInt64) {
    all.removeAll { $0.last <= sequence }
  }

  /// How many sequences up to one lie in the stretches.
  func count(through sequence: UInt64) -> UInt64 {
    all.prefix { $0.first <= sequence }.reduce(0) { $0 + min($1.last, sequence) - $1.first + 1 }
  }

  /// The first stretch that ends after a sequence.
  func next(after sequence: UInt64) -> Gap? {
    all.first { $0.last > sequence }
  }
}
