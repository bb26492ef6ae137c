// SPDX-License-Identifier: Apache-2.0
// What the disk has not taken yet.

internal import EventModel

/// Events that were given out while the disk did not take them, bounded; they are written when it does again.
struct Tail {
  private var slots: [Event?] = []
  private var start = 0
  /// About how many bytes of memory the events hold.
  private(set) var bytes = 0
  /// What has become of objects meanwhile.
  private(set) var changes = ObjectChanges()

  /// How many events are held.
  var count: Int { slots.count - start }
  /// Whether there is nothing to write.
  var isEmpty: Bool { count == 0 && changes.isEmpty }

  /// Takes a batch; the oldest events make room for it.
  ///
  /// - Returns: the stretch that was given up, if any.
  mutating func append(_ batch: LogBatch, events limit: Int, bytes byteLimit: Int) -> Gap? {
    for event in batch.events {
      slots.append(event)
      bytes += event.footprint
    }
    changes.apply(batch)
    var gap: Gap?
    while count > limit || bytes > byteLimit, let event = removeFirst() {
      gap = Gap(first: gap?.first ?? event.sequence, last: event.sequence)
    }
    return gap
  }

  /// Takes objects that no batch changed.
  mutating func add(unchanged others: [HubObject]) { changes.add(unchanged: others) }

  /// The oldest events, at most that many.
  func prefix(_ limit: Int) -> [Event] {
    slots[start...].prefix(limit).compactMap(\.self)
  }

  /// The events after a sequence, oldest first.
  func events(after sequence: UInt64) -> some Sequence<Event> {
    var (low, high) = (start, slots.count)
    while low < high {
      let middle = (low + high) / 2
      if let event = slots[middle], event.sequence > sequence { high = middle } else { low = middle + 1 }
    }
    return slots[low...].lazy.compactMap(\.self)
  }

  /// Takes out the events through a sequence, which are on the disk now.
  mutating func removeAll(through sequence: UInt64) {
    while let first = slots[start...].first, let event = first, event.sequence <= sequence { _ = removeFirst() }
  }

  /// Takes out the objects, which are on the disk now.
  mutating func removeObjects() { changes = ObjectChanges() }

  private mutating func removeFirst() -> Event? {
    guard start < slots.count, let event = slots[start] else { return nil }
    slots[start] = nil
    start += 1
    bytes -= event.footprint
    // Moving the rest down once as much is dead as alive keeps the cost constant.
    if start > 1024, start * 2 > slots.count || start == slots.count {
      slots.removeFirst(start)
      start = 0
    }
    return event
  }
}
