// SPDX-License-Identifier: Apache-2.0
// HandleTable: the handles, and which of them share a descriptor.
//
// A handle sits in a slot. The slots of one descriptor are chained in the order of registration, and the kernel hands back
// the token of the first one. Additions and changes of interest are collected, and told to the kernel by `settle` (see
// HandleTable+Kernel.swift) before the loop waits, so that what is added and removed within a turn costs no system call.
// Only the end of the last interest in a descriptor is told at once, since its owner may close it next.
//
// The chains change in `settle` and in `release` and nowhere else: both are out of the way of the dispatch, which
// therefore walks them without care.

/// The handles of a loop.
struct HandleTable: ~Copyable {
  /// A handle, or an empty slot.
  struct Slot: BitwiseCopyable {
    // The generation in the lower half; no token has that of an empty slot. In the upper half the next slot of the same
    // descriptor, 0 at the end. So one look tells that the generation is right and that the handle is alone.
    private var link: UInt64 = 0xFFFF_FFFF
    var descriptor: CInt = -1
    var interest: HandleEvents = []
    /// What the handle may be told: nothing when it is removed or wants nothing.
    var deliverable: HandleEvents = []
    var flags = Flags.empty

    init() {}

    init(generation: UInt32, descriptor: CInt, interest: HandleEvents, flags: Flags) {
      link = UInt64(generation)
      self.descriptor = descriptor
      self.interest = interest
      self.flags = flags
      deliverable = interest.deliverable
    }

    @inline(__always) var generation: UInt32 {
      get { UInt32(truncatingIfNeeded: link) }
      set { link = link & ~0xFFFF_FFFF | UInt64(newValue) }
    }

    @inline(__always) var next: UInt32 {
      get { UInt32(truncatingIfNeeded: link >> 32) }
      set { link = link & 0xFFFF_FFFF | UInt64(newValue) << 32 }
    }

    /// Marks the handle as removed; returns the descriptor in whose chain it is, nil when it is in none.
    @inline(__always) mutating func end() -> Int? {
      interest = []
      deliverable = []
      flags = flags.contains(.isLinked) ? [.isFilled, .isLinked] : .isFilled
      return flags.contains(.isLinked) ? Int(descriptor) : nil
    }

    /// Makes the slot of a removed handle an empty one.
    @inline(__always) mutating func clear() {
      link = 0xFFFF_FFFF
      flags = []
    }

    /// Whether this is the handle that a token stands for, and the only one of its descriptor.
    @inline(__always) func isAlone(_ token: UInt64) -> Bool { link == token >> 32 }
  }

  struct Flags: OptionSet, BitwiseCopyable {
    let rawValue: UInt8
    static let empty = Flags([])
    /// The slot has a handle, removed or not.
    static let isFilled = Flags(rawValue: 1)
    static let isAlive = Flags(rawValue: 2)
    /// The slot is in its descriptor's chain.
    static let isLinked = Flags(rawValue: 4)
    /// The slot waits to be chained.
    static let isQueued = Flags(rawValue: 8)
  }

  /// What is registered for a descriptor.
  struct Descriptor: BitwiseCopyable {
    /// The first slot, 0 when there is none.
    var head: UInt32 = 0
    /// The turn in which the kernel's registration ended.
    var retiredTurn: UInt32 = 0
    /// The union that the kernel knows; empty when it does not know the descriptor.
    var kernel: HandleEvents = []
    /// The descriptor waits for `settle`.
    var isDirty = false
    /// The kernel has to be told even if the union is what it was.
    var mustTell = false
  }

  var slots = FlatBuffer<Slot>()
  var descriptors = FlatBuffer<Descriptor>()
  private(set) var calls = Slab<HandleCalls>()
  var added = FlatBuffer<UInt32>()
  var dirty = FlatBuffer<CInt>()
  var refused: [UInt32] = []

  init() {
    // Slot 0 is nobody's: its token is free for the wake-up descriptor, and 0 ends a chain.
    slots.append(Slot(generation: 0, descriptor: -1, interest: [], flags: []))
  }

  deinit {
    for index in 0..<slots.count where slots[index].flags.contains(.isFilled) { _ = calls.take(at: index) }
  }

  // MARK: Requests

  /// Makes room for a slot.
  mutating func prepare(_ slot: UInt32) {
    slots.extend(to: Int(slot) + 1, with: Slot())
    calls.prepare(Int(slot))
  }

  /// Puts a handle into its slot, for which room was made; the kernel hears of it in `settle`.
  mutating func insert(_ id: HandleID, descriptor: CInt, events: HandleEvents, calls: consuming HandleCalls) {
    let index = Int(id.slot)
    assert(slots[index].flags.isEmpty, "a slot is filled only after it was released")
    self.calls.put(calls, at: index)
    slots[index] = Slot(
      generation: id.generation, descriptor: descriptor, interest: events, flags: [.isFilled, .isAlive, .isQueued])
    added.append(id.slot)
  }

  /// Changes what a handle waits for; false when there is no such handle.
  @discardableResult mutating func update(_ id: HandleID, events: HandleEvents) -> Bool {
    guard let index = find(id) else { return false }
    guard slots[index].interest != events else { return true }
    slots[index].interest = events
    slots[index].deliverable = events.deliverable
    if slots[index].flags.contains(.isLinked) {
      touch(Int(slots[index].descriptor))
    } else if !slots[index].flags.contains(.isQueued) {
      slots[index].flags.insert(.isQueued)
      added.append(id.slot)
    }
    return true
  }

  /// Ends a handle: it is not called any more, and its slot waits for `release`.
  ///
  /// If nobody else wants anything of its descriptor the kernel hears of it at once.
  @inline(__always) mutating func remove(
    _ id: HandleID, turn: UInt32, in list: borrowing some InterestList & ~Copyable
  ) {
    guard let index = find(id), let number = slots[index].end() else { return }
    guard !descriptors[number].kernel.isEmpty else { return }
    if isAlone(index, number) || union(number).isEmpty {
      unregister(number, turn: turn, list)
    } else {
      touch(number)
    }
  }

  /// Empties the slot of a removed handle and hands its closures over.
  @inline(__always) mutating func release(slot index: Int) -> HandleCalls {
    if slots[index].flags.contains(.isLinked) {
      let number = Int(slots[index].descriptor)
      if isAlone(index, number) {
        descriptors[number].head = 0
      } else {
        unlink(index, number)
      }
    }
    slots[index].clear()
    return calls.take(at: index)
  }

  // MARK: Inside

  private func find(_ id: HandleID) -> Int? {
    let index = Int(id.slot)
    guard index < slots.count, slots[index].generation == id.generation, slots[index].flags.contains(.isAlive) else {
      return nil
    }
    return index
  }

  /// What the handles of a descriptor want together.
  func union(_ number: Int) -> HandleEvents {
    var events: HandleEvents = []
    var index = Int(descriptors[number].head)
    while index != 0 {
      events.formUnion(slots[index].interest)
      index = Int(slots[index].next)
    }
    return events
  }

  /// Has `settle` look at a descriptor.
  mutating func touch(_ number: Int) {
    guard !descriptors[number].isDirty else { return }
    descriptors[number].isDirty = true
    dirty.append(CInt(number))
  }

  @inline(__always) private func isAlone(_ index: Int, _ number: Int) -> Bool {
    Int(descriptors[number].head) == index && slots[index].next == 0
  }

  @inline(never) private mutating func unlink(_ index: Int, _ number: Int) {
    let next = slots[index].next
    if descriptors[number].head == UInt32(index) {
      // The kernel still hands back the token of the one that goes.
      descriptors[number].head = next
      descriptors[number].mustTell = true
      return touch(number)
    }
    var before = Int(descriptors[number].head)
    while Int(slots[before].next) != index { before = Int(slots[before].next) }
    slots[before].next = next
  }
}
