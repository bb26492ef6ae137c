// SPDX-License-Identifier: Apache-2.0
// Events of the kernel that wait for what udevd makes of them.

/// Events of the kernel that wait for what udevd makes of them.
///
/// udevd repeats each event of the kernel when its rules have run, with the same number and more properties; that is the
/// one to publish. If it does not come, udevd is gone or stuck, and the kernel's own is published instead.
struct KernelBacklog {
  private struct Waiting {
    let event: UdevEvent
    let since: ContinuousClock.Instant
  }

  private let limit: Int
  private var waiting: [UInt64: Waiting] = [:]
  /// The numbers in the order of arrival; those answered meanwhile are skipped.
  private var order: [UInt64] = []
  private var first = 0

  init(limit: Int) { self.limit = limit }

  /// Whether nothing waits.
  var isEmpty: Bool { waiting.isEmpty }

  /// Takes an event of the kernel; gives the oldest back when there are more than the limit.
  mutating func add(_ event: UdevEvent, now: ContinuousClock.Instant) -> UdevEvent? {
    waiting[event.sequence] = Waiting(event: event, since: now)
    order.append(event.sequence)
    return waiting.count > limit ? takeOldest() : nil
  }

  /// udevd has repeated the event with that number.
  mutating func answered(_ sequence: UInt64) {
    waiting[sequence] = nil
    if waiting.isEmpty { forgetOrder() }
  }

  /// The events that waited longer than the patience lasts, oldest first.
  mutating func takeOverdue(_ patience: Duration, now: ContinuousClock.Instant) -> [UdevEvent] {
    var overdue: [UdevEvent] = []
    while let oldest = oldest, now - oldest.since >= patience, let event = takeOldest() { overdue.append(event) }
    return overdue
  }

  /// All that wait, oldest first.
  mutating func takeAll() -> [UdevEvent] {
    var all: [UdevEvent] = []
    while let event = takeOldest() { all.append(event) }
    return all
  }

  private var oldest: Waiting? {
    mutating get {
      while first < order.count {
        if let entry = waiting[order[first]] { return entry }
        first += 1
      }
      forgetOrder()
      return nil
    }
  }

  private mutating func takeOldest() -> UdevEvent? {
    guard let entry = oldest else { return nil }
    waiting[entry.event.sequence] = nil
    first += 1
    if first > 1024, first * 2 > order.count {
      order.removeFirst(first)
      first = 0
    }
    return entry.event
  }

  private mutating func forgetOrder() {
    order = []
    first = 0
  }
}
