// SPDX-License-Identifier: Apache-2.0
// TimerQueue: the timers, ordered by the moment at which they are due.

/// The timers of a loop; times are nanoseconds of the monotonic clock, and the clock is the caller's.
///
/// Timers with a deadline form a heap with four children to a node; those that fire in every turn are in a list of their own,
/// and those that are off are in neither.
struct TimerQueue {
  typealias Callback = @Sendable (TimerID) -> Void

  struct Slot {
    var callback: Callback?
    var free: (@Sendable () -> Void)?
    /// -1 off, 0 every turn, else the period.
    var period: Int64 = -1
    var deadline: Int64 = 0
    var generation: UInt32 = 0
    /// The place in the heap, -1 when it is not there.
    var place: Int32 = -1
    var isAlive = false
    /// Whether the slot is in the list of every turn; it stays there until the list is swept.
    var isListed = false
  }

  private var slots: [Slot] = [Slot()]
  private var heap: [UInt32] = []
  private var everyTurn: [UInt32] = []
  private var everyTurnCount = 0

  /// Whether a timer fires in every turn.
  var firesEveryTurn: Bool { everyTurnCount > 0 }

  /// Whether there is anything to fire, now or later.
  var hasTimers: Bool { everyTurnCount > 0 || !heap.isEmpty }

  /// When the next timer is due, nil when none has a deadline.
  var nextDeadline: Int64? {
    heap.first.map { slots[Int($0)].deadline }
  }

  // MARK: Requests

  /// Puts a timer into its slot.
  mutating func insert(
    _ id: TimerID, period: Int64, deadline: Int64, free: (@Sendable () -> Void)?, callback: @escaping Callback
  ) {
    let index = id.slot
    while slots.count <= Int(index) { slots.append(Slot()) }
    assert(slots[Int(index)].callback == nil, "a slot is filled only after it was released")
    slots[Int(index)] = Slot(callback: callback, free: free, generation: id.generation, isAlive: true)
    arm(index, period: period, deadline: deadline)
  }

  /// Arms a timer anew; false when there is no such timer.
  @discardableResult mutating func update(_ id: TimerID, period: Int64, deadline: Int64) -> Bool {
    guard let index = find(id) else { return false }
    arm(index, period: period, deadline: deadline)
    return true
  }

  /// Ends a timer: it does not fire any more, and its slot waits for `release`.
  mutating func remove(_ id: TimerID) {
    guard let index = find(id) else { return }
    arm(index, period: -1, deadline: 0)
    slots[Int(index)].isAlive = false
  }

  /// Empties the slot of a removed timer and hands its closures back.
  mutating func release(slot index: UInt32) -> (callback: Callback?, free: (@Sendable () -> Void)?) {
    let slot = slots[Int(index)]
    if slot.isListed { everyTurn.removeAll { $0 == index } }
    slots[Int(index)] = Slot()
    return (slot.callback, slot.free)
  }

  // MARK: Firing

  /// The next timer that is due, already armed for its next time.
  ///
  /// A periodic timer keeps its rhythm; one that is late by a period or more starts a new one, so it never catches up.
  mutating func takeExpired(now: Int64) -> (id: TimerID, callback: Callback)? {
    guard let index = heap.first, slots[Int(index)].deadline <= now else { return nil }
    let slot = slots[Int(index)]
    let (next, overflows) = slot.deadline.addingReportingOverflow(slot.period)
    slots[Int(index)].deadline = overflows ? .max : next > now ? next : Self.deadline(after: slot.period, from: now)
    siftDown(0)
    return slot.callback.map { (identifier(index), $0) }
  }

  /// How many timers the list of every turn has to be asked for in this turn.
  var everyTurnLimit: Int { everyTurn.count }

  /// The timer at a place of the list of every turn, nil when it does not fire any more.
  func timerOfEveryTurn(_ place: Int) -> (id: TimerID, callback: Callback)? {
    let index = everyTurn[place]
    guard slots[Int(index)].isAlive, slots[Int(index)].period == 0 else { return nil }
    return slots[Int(index)].callback.map { (identifier(index), $0) }
  }

  /// Drops those from the list of every turn that left it.
  mutating func sweepEveryTurn() {
    guard everyTurn.count != everyTurnCount else { return }
    for index in everyTurn where slots[Int(index)].period != 0 { slots[Int(index)].isListed = false }
    everyTurn.removeAll { !slots[Int($0)].isListed }
  }

  /// The moment at which a period from now is over.
  static func deadline(after period: Int64, from now: Int64) -> Int64 {
    let (sum, overflows) = now.addingReportingOverflow(period)
    return overflows ? .max : sum
  }

  // MARK: Inside

  private func find(_ id: TimerID) -> UInt32? {
    let index = Int(id.slot)
    guard index > 0, index < slots.count, slots[index].isAlive, slots[index].generation == id.generation else {
      return nil
    }
    return id.slot
  }

  private func identifier(_ index: UInt32) -> TimerID {
    TimerID(rawValue: UInt64(slots[Int(index)].generation) << 32 | UInt64(index))
  }

  private mutating func arm(_ index: UInt32, period: Int64, deadline: Int64) {
    if slots[Int(index)].period == 0 { everyTurnCount -= 1 }
    slots[Int(index)].period = period
    slots[Int(index)].deadline = deadline
    let place = Int(slots[Int(index)].place)
    if period > 0 {
      if place < 0 {
        heap.append(index)
        slots[Int(index)].place = Int32(heap.count - 1)
        siftUp(heap.count - 1)
      } else {
        siftUp(place)
        siftDown(Int(slots[Int(index)].place))
      }
      return
    }
    if place >= 0 { removeFromHeap(place) }
    guard period == 0 else { return }
    everyTurnCount += 1
    if !slots[Int(index)].isListed {
      slots[Int(index)].isListed = true
      everyTurn.append(index)
    }
  }

  private mutating func removeFromHeap(_ place: Int) {
    slots[Int(heap[place])].place = -1
    let last = heap.removeLast()
    guard place < heap.count else { return }
    heap[place] = last
    slots[Int(last)].place = Int32(place)
    siftUp(place)
    siftDown(Int(slots[Int(last)].place))
  }

  private mutating func siftUp(_ start: Int) {
    var place = start
    let moving = heap[place]
    let deadline = slots[Int(moving)].deadline
    while place > 0 {
      let parent = (place - 1) / 4
      guard slots[Int(heap[parent])].deadline > deadline else { break }
      put(heap[parent], at: place)
      place = parent
    }
    put(moving, at: place)
  }

  private mutating func siftDown(_ start: Int) {
    var place = start
    let moving = heap[place]
    let deadline = slots[Int(moving)].deadline
    while place * 4 + 1 < heap.count {
      let first = place * 4 + 1
      var least = first
      for child in first..<min(first + 4, heap.count)
      where slots[Int(heap[child])].deadline < slots[Int(heap[least])].deadline {
        least = child
      }
      guard slots[Int(heap[least])].deadline < deadline else { break }
      put(heap[least], at: place)
      place = least
    }
    put(moving, at: place)
  }

  private mutating func put(_ index: UInt32, at place: Int) {
    heap[place] = index
    slots[Int(index)].place = Int32(place)
  }
}
