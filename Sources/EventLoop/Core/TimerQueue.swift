// SPDX-License-Identifier: Apache-2.0
// TimerQueue: the timers.

/// The timers of a loop; times are nanoseconds of the monotonic clock, and the clock is the caller's.
///
/// Neither the time nor a period reaches more than `TimerInterval.longestPeriod`, half of what there is, so that no sum
/// overflows or is mistaken for `never`.
///
/// Timers with a deadline are in a heap (see TimerQueue+Heap.swift), those that fire in every turn are in a list of their own,
/// and those that are off are in neither, sooner or later.
struct TimerQueue: ~Copyable {
  /// A timer, or an empty slot.
  struct Slot: BitwiseCopyable {
    /// Nanoseconds; 0 every turn, `off`, `removed` or `empty`.
    var period: Int64 = Slot.empty
    /// When the timer is due; `never` when it is in no heap, or in the heap only because it was not taken out yet.
    var deadline: Int64 = Slot.never
    /// That of the timer's token; `noTimer`, which no token has, when it is removed or there is none.
    var generation: UInt32 = Slot.noTimer
    /// The place in the heap, `nowhere`, or, from `listed` downwards, the place in the list of every turn.
    var place: Int32 = Slot.nowhere

    static var off: Int64 { -1 }
    static var removed: Int64 { -2 }
    static var empty: Int64 { -3 }
    static var never: Int64 { .max }
    static var noTimer: UInt32 { .max }
    static var nowhere: Int32 { -1 }
    static var listed: Int32 { -2 }
  }

  /// A timer to be called; the loan lasts until the timer is released.
  struct Due {
    let id: TimerID
    let calls: Slab<TimerCalls>.Loan
  }

  var slots = FlatBuffer<Slot>()
  /// The heap of the timers that have a deadline.
  var nodes = FlatBuffer<Node>()
  private var calls = Slab<TimerCalls>()
  /// The slots that fire in every turn; 0 where one has left since the list was last swept.
  private var everyTurn = FlatBuffer<UInt32>()
  /// How many timers fire in every turn.
  private(set) var everyTurnCount = 0
  private var isFiring = false

  init() {
    // Slot 0 is nobody's.
    slots.append(Slot())
  }

  deinit {
    for index in 0..<slots.count where slots[index].period != Slot.empty { _ = calls.take(at: index) }
  }

  /// How many nodes `nextDeadline` corrects at most, so that it never takes long.
  static let largestCorrection = 1024

  /// More than 0 when a timer may have a deadline.
  var armedCount: Int { nodes.count }

  /// When the next timer is due, or earlier in rare cases; nil when none has a deadline.
  @inline(__always) mutating func nextDeadline() -> Int64? {
    guard nodes.count > 0, nodes[0].deadline == slots[Int(nodes[0].slot)].deadline else { return correctedDeadline() }
    return nodes[0].deadline
  }

  @inline(never) private mutating func correctedDeadline() -> Int64? {
    for _ in 0..<Self.largestCorrection {
      guard nodes.count > 0, nodes[0].deadline < slots[Int(nodes[0].slot)].deadline else { break }
      correctFirstNode()
    }
    return nodes.count > 0 ? nodes[0].deadline : nil
  }

  /// Whether a timer is due, or may be.
  @inline(__always) func mayBeDue(now: Int64) -> Bool {
    everyTurnCount > 0 || nodes.count > 0 && nodes[0].deadline <= now
  }

  /// Whether a timer is due.
  mutating func isDue(now: Int64) -> Bool {
    while nodes.count > 0, nodes[0].deadline <= now {
      guard nodes[0].deadline < slots[Int(nodes[0].slot)].deadline else { return true }
      correctFirstNode()
    }
    return everyTurnCount > 0
  }

  // MARK: Requests

  /// Makes room for a slot.
  mutating func prepare(_ slot: UInt32) {
    slots.extend(to: Int(slot) + 1, with: Slot())
    calls.prepare(Int(slot))
  }

  /// Puts a timer into its slot, for which room was made.
  @inline(__always) mutating func insert(_ id: TimerID, period: Int64, now: Int64, calls: consuming TimerCalls) {
    let index = Int(id.slot)
    assert(slots[index].period == Slot.empty, "a slot is filled only after it was released")
    self.calls.put(calls, at: index)
    slots[index] = Slot(period: period, deadline: period > 0 ? now &+ period : Slot.never, generation: id.generation)
    if period > 0 {
      insertNode(id.slot, deadline: now &+ period)
    } else if period == 0 {
      list(index)
    }
  }

  /// Changes a timer: it is due at a deadline, and after each further period; or it is off, or fires in every turn, and the
  /// deadline is `never`.
  @inline(__always) mutating func update(_ id: TimerID, period: Int64, deadline: Int64) {
    guard let index = find(id) else { return }
    let place = Self.set(&slots[index], period: period, deadline: deadline)
    guard place >= 0, period != 0 else { return move(index, from: place, to: period, deadline) }
    updateNode(at: Int(place), deadline: deadline)
  }

  /// The rarer half of `update`: into the heap, or into or out of the list of every turn.
  @inline(never) private mutating func move(_ index: Int, from place: Int32, to period: Int64, _ deadline: Int64) {
    if place <= Slot.listed {
      guard period != 0 else { return }
      unlist(index)
    }
    if period > 0 {
      insertNode(UInt32(index), deadline: deadline)
    } else if period == 0 {
      if place >= 0 { removeNode(at: Int(place)) }
      list(index)
    }
  }

  /// Ends a timer: it does not fire any more, and its slot waits for `release`.
  mutating func remove(_ id: TimerID) {
    guard let index = find(id) else { return }
    let slot = slots[index]
    if slot.period == 0 { unlist(index) }
    slots[index] = Slot(period: Slot.removed)
    if slot.place >= 0 { removeNode(at: Int(slot.place)) }
  }

  /// Empties the slot of a removed timer and hands its closures over.
  mutating func release(slot index: Int) -> TimerCalls {
    slots[index].period = Slot.empty
    return calls.take(at: index)
  }

  // MARK: Firing

  /// Begins to fire: returns how many places of the list of every turn are to be asked for.
  ///
  /// Timers that join the list meanwhile are behind that.
  mutating func beginFiring() -> Int {
    isFiring = true
    return everyTurn.count
  }

  /// The next timer whose deadline is over, already armed for its next time; nil when there is none.
  ///
  /// A timer that is armed meanwhile is due after `now`, so that it is not fired here. A periodic timer keeps its rhythm; one
  /// that is late by a period or more starts a new one, so it never catches up.
  @inline(__always) mutating func takeExpired(now: Int64) -> Due? {
    guard isDue(now: now), nodes.count > 0, nodes[0].deadline <= now else { return nil }
    let index = Int(nodes[0].slot)
    let slot = slots[index]
    // The node stays at the top, and is corrected after the call, when it is known what the callback has made of it.
    let next = slot.deadline &+ slot.period
    slots[index].deadline = next > now ? next : now &+ slot.period
    return due(index, slot)
  }

  /// The timer at a place of the list of every turn; nil when it left.
  func ofEveryTurn(_ place: Int) -> Due? {
    let index = Int(everyTurn[place])
    return index == 0 ? nil : due(index, slots[index])
  }

  /// Ends the firing that `beginFiring` began.
  mutating func endFiring() {
    isFiring = false
    if everyTurn.count != everyTurnCount { sweepEveryTurn() }
  }

  // MARK: Inside

  @inline(__always) private func find(_ id: TimerID) -> Int? {
    let index = Int(id.slot)
    return index < slots.count && slots[index].generation == id.generation ? index : nil
  }

  /// Writes the times into a slot; returns its place.
  @inline(__always) private static func set(_ slot: inout Slot, period: Int64, deadline: Int64) -> Int32 {
    slot.period = period
    slot.deadline = deadline
    return slot.place
  }

  @inline(__always) private func due(_ index: Int, _ slot: Slot) -> Due {
    Due(id: TimerID(UInt64(slot.generation) << 32 | UInt64(index)), calls: calls.lend(at: index))
  }

  /// Puts a timer into the list of every turn.
  @inline(never) private mutating func list(_ index: Int) {
    if everyTurn.count > 2 * everyTurnCount + 16 && !isFiring { sweepEveryTurn() }
    slots[index].place = Slot.listed - Int32(everyTurn.count)
    everyTurn.append(UInt32(index))
    everyTurnCount += 1
  }

  /// Takes a timer out of the list of every turn, and leaves a gap there.
  @inline(never) private mutating func unlist(_ index: Int) {
    everyTurn[Int(Slot.listed - slots[index].place)] = 0
    everyTurnCount -= 1
    slots[index].place = Slot.nowhere
  }

  /// Closes the gaps that timers left in the list of every turn.
  private mutating func sweepEveryTurn() {
    var kept = 0
    for place in 0..<everyTurn.count where everyTurn[place] != 0 {
      everyTurn[kept] = everyTurn[place]
      slots[Int(everyTurn[kept])].place = Slot.listed - Int32(kept)
      kept += 1
    }
    while everyTurn.count > kept { _ = everyTurn.removeLast() }
  }
}
