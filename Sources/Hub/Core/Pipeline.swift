// SPDX-License-Identifier: Apache-2.0
// Events between their stamp and their publication: what waits for the log, within bounds.

import EventModel

/// The events between their stamp and their publication.
///
/// One batch at a time is with the log; what is stamped meanwhile gathers for the next one (group commit). What gathers
/// is bounded in events and bytes: past a bound the oldest are dropped, and the stretch is told.
struct Pipeline {
  /// What may wait for the log.
  struct Limits {
    /// Events.
    var events = 100_000
    /// Bytes of memory, about.
    var bytes = 64 << 20
  }

  /// A stretch of events that were dropped before the log saw them.
  struct Dropped: Equatable {
    var first: UInt64
    var last: UInt64
    /// When the first of them was recorded.
    var from: Timestamp
  }

  private let limits: Limits
  private var waiting: [Event] = []
  private var waitingBytes = 0
  private var underWay: [Event]?
  private var dropped: Dropped?

  init(limits: Limits = Limits()) {
    self.limits = limits
  }

  /// How many events wait.
  var count: Int { waiting.count + (underWay?.count ?? 0) }

  /// Whether a batch is with the log.
  var isBusy: Bool { underWay != nil }

  /// Whether there is nothing to hand over and nothing with the log.
  var isIdle: Bool { waiting.isEmpty && underWay == nil }

  /// Takes a stamped event.
  mutating func admit(_ event: Event) {
    waiting.append(event)
    waitingBytes += event.footprint
    if waiting.count > limits.events || waitingBytes > limits.bytes { dropOldest() }
  }

  /// Drops an eighth at a time, so that a log that stands still costs each event a constant amount of work.
  private mutating func dropOldest() {
    var count = 0
    while count < waiting.count - 1,
      waiting.count - count > limits.events - limits.events / 8 || waitingBytes > limits.bytes - limits.bytes / 8
    {
      waitingBytes -= waiting[count].footprint
      count += 1
    }
    guard count > 0 else { return }
    let (first, last) = (waiting[0], waiting[count - 1])
    dropped = Dropped(
      first: dropped?.first ?? first.sequence, last: last.sequence, from: dropped?.from ?? first.recorded)
    waiting.removeFirst(count)
  }

  /// The stretch that was dropped since this was last asked.
  mutating func takeDropped() -> Dropped? {
    defer { dropped = nil }
    return dropped
  }

  /// The next batch for the log; nil while one is under way or nothing waits.
  mutating func next() -> [Event]? {
    guard underWay == nil, !waiting.isEmpty else { return nil }
    let batch = waiting
    underWay = batch
    waiting = []
    waitingBytes = 0
    return batch
  }

  /// The batch that the log has answered for.
  mutating func finish() -> [Event] {
    defer { underWay = nil }
    return underWay ?? []
  }
}
