// SPDX-License-Identifier: Apache-2.0
// What a consumer was handed and has not acknowledged: numbers and sizes, never the events.

/// What a consumer was handed and has not acknowledged: numbers and sizes, never the events themselves.
struct OwedEvents {
  private var entries: [(sequence: UInt64, bytes: Int)] = []
  private var start = 0
  private var bytes = 0

  /// How much is owed.
  var amount: DeliveryAmount { DeliveryAmount(events: entries.count - start, bytes: bytes) }
  /// Whether nothing is owed.
  var isEmpty: Bool { start == entries.count }
  /// The oldest that is owed.
  var first: UInt64? { isEmpty ? nil : entries[start].sequence }

  /// Adds an event; numbers rise.
  mutating func append(_ sequence: UInt64, bytes size: Int) {
    entries.append((sequence, size))
    bytes += size
  }

  /// Takes out what is acknowledged; false when that is nothing.
  mutating func removeAll(through sequence: UInt64) -> Bool {
    let before = start
    while start < entries.count, entries[start].sequence <= sequence {
      bytes -= entries[start].bytes
      start += 1
    }
    let isProgress = start > before
    // Moving the rest down once as much is dead as alive keeps the cost of an event constant.
    if start == entries.count || start > 256 && start * 2 > entries.count {
      entries.removeFirst(start)
      start = 0
    }
    return isProgress
  }

  /// Takes out what did not reach the consumer after all.
  mutating func removeAll(from sequence: UInt64) {
    while entries.count > start, let last = entries.last, last.sequence >= sequence {
      bytes -= last.bytes
      entries.removeLast()
    }
  }

  /// Forgets everything.
  mutating func removeAll() { self = OwedEvents() }
}
