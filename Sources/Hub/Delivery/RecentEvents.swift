// SPDX-License-Identifier: Apache-2.0
// What was published lately: one copy, shared by all consumers that are not far behind.

import EventModel

/// What was published lately: one copy, bounded, shared by all consumers that are not far behind.
struct RecentEvents {
  /// What lies after a number.
  enum Answer: Equatable {
    /// What passed the filter, and up to where there was searched.
    case page([Event], searched: UInt64)
    /// Nobody ever gets the numbers through this one.
    case missing(through: UInt64, reason: String)
  }

  private var events: [Event?] = []
  private var start = 0
  private var bytes = 0
  private var gaps: [PublishedGap] = []
  /// Everything published after this number is here.
  private(set) var floor: UInt64
  /// The newest number published.
  private(set) var head: UInt64

  /// Nothing yet; what comes next is the number after `head`.
  init(head: UInt64) {
    self.head = head
    floor = head
  }

  /// How much is held.
  var amount: DeliveryAmount { DeliveryAmount(events: events.count - start, bytes: bytes) }

  /// Takes what became public, and keeps of all at most so much.
  mutating func append(_ batch: PublishedBatch, limit: DeliveryAmount) {
    if let gap = batch.gap { gaps.append(gap) }
    // By their places: an event that a loop hands out is a copy, and each of its references is counted.
    for place in batch.events.indices {
      bytes += batch.events[place].footprint
      head = batch.events[place].sequence
      events.append(batch.events[place])
    }
    while amount.exceeds(limit), start < events.count, let sequence = events[start]?.sequence {
      bytes -= events[start]?.footprint ?? 0
      events[start] = nil
      start += 1
      floor = sequence
    }
    if !gaps.isEmpty { gaps.removeAll { $0.last <= floor } }
    // Moving the rest once as much is dead as alive keeps the cost of an event constant; the room goes with the dead.
    if start > 256, start * 2 > events.count {
      events = Array(events[start...])
      start = 0
    }
  }

  /// What lies after a number; nil when that is no longer here.
  func read(after: UInt64, amount: DeliveryAmount, filter: EventFilter) -> Answer? {
    guard after >= floor, after <= head else { return nil }
    var found: [Event] = []
    var bytes = 0
    var searched = after
    for event in events[position(after: after)...].lazy.compactMap(\.self) {
      guard event.sequence == searched + 1 else {
        // The numbers before this event never came: first what lies before them, next time the gap itself.
        if searched > after { return .page(found, searched: searched) }
        let reason = gaps.first { $0.last >= searched + 1 }?.reason ?? "journal-behind"
        return .missing(through: event.sequence - 1, reason: reason)
      }
      guard found.count < amount.events, bytes < amount.bytes else { break }
      searched = event.sequence
      guard filter.matches(event) else { continue }
      found.append(event)
      bytes += event.footprint
    }
    return .page(found, searched: searched)
  }

  /// The position of the first event after a number, by bisection.
  private func position(after sequence: UInt64) -> Int {
    var (low, high) = (start, events.count)
    while low < high {
      let middle = (low + high) / 2
      if let event = events[middle], event.sequence > sequence { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
