// SPDX-License-Identifier: Apache-2.0
// HandleTable: what the kernel is told.

/// The list of what the kernel watches.
///
/// The token comes back with each event. A change that does not fit what the kernel has is made as it fits, and says false when the kernel refuses it.
protocol InterestList: ~Copyable {
  func add(_ descriptor: CInt, _ events: HandleEvents, token: UInt64) -> Bool
  func modify(_ descriptor: CInt, _ events: HandleEvents, token: UInt64) -> Bool
  func remove(_ descriptor: CInt)
}

extension HandleTable {
  /// Tells the kernel everything that changed since the last call.
  ///
  /// The handles of a descriptor that it refused are in `refused` afterwards.
  @inline(never) mutating func settle(turn: UInt32, in list: borrowing some InterestList & ~Copyable) {
    for place in 0..<added.count { link(Int(added[place]), list) }
    added.removeAll()
    if dirty.count > 0 { settleDirty(turn: turn, in: list) }
  }

  @inline(never) private mutating func settleDirty(turn: UInt32, in list: borrowing some InterestList & ~Copyable) {
    for place in 0..<dirty.count { settle(Int(dirty[place]), turn: turn, list) }
    dirty.removeAll()
  }

  /// More than 0 when `settle` has something to tell.
  @inline(__always) var changeCount: Int { added.count | dirty.count }

  /// Whether an event that no handle wanted comes from a registration that should not exist any more.
  ///
  /// An event whose handle was removed or silenced in this turn is merely late.
  func isGhost(_ token: UInt64, turn: UInt32) -> Bool {
    let index = Int(token & 0xFFFF_FFFF)
    guard index < slots.count, slots[index].flags.contains(.isLinked),
      slots[index].generation == UInt32(truncatingIfNeeded: token >> 32)
    else { return true }
    let descriptor = descriptors[Int(slots[index].descriptor)]
    return descriptor.kernel.isEmpty && descriptor.retiredTurn != turn
  }

  /// Forgets what the kernel was told, so that the next `settle` tells it everything again.
  mutating func forgetKernel() {
    for number in 0..<descriptors.count {
      descriptors[number].kernel = []
      if descriptors[number].head != 0 { touch(number) }
    }
  }

  @inline(__always) private mutating func link(_ index: Int, _ list: borrowing some InterestList & ~Copyable) {
    let slot = slots[index]
    // The handle may have been removed since, and its slot may even have another one, which is in the row again then.
    guard slot.flags == [.isFilled, .isAlive, .isQueued] else { return }
    let number = Int(slot.descriptor)
    let hasRoom = number >= 0 && number < descriptors.count || makeRoom(index, list)
    slots[index].flags = hasRoom ? [.isFilled, .isAlive, .isLinked] : [.isFilled, .isAlive]
    guard hasRoom else { return }
    if descriptors[number].head == 0 && descriptors[number].kernel.isEmpty && !slot.interest.isEmpty {
      descriptors[number].head = UInt32(truncatingIfNeeded: index)
      register(number, slot.interest, list)
    } else {
      join(index, number)
    }
  }

  /// Puts a slot at the end of its descriptor's chain.
  @inline(never) private mutating func join(_ index: Int, _ number: Int) {
    if descriptors[number].head == 0 {
      descriptors[number].head = UInt32(index)
    } else {
      var last = Int(descriptors[number].head)
      while slots[last].next != 0 { last = Int(slots[last].next) }
      slots[last].next = UInt32(index)
      // The descriptor may have been closed and its number used again: the kernel knows, if it is asked.
      if !slots[index].interest.isEmpty { descriptors[number].mustTell = true }
    }
    touch(number)
  }

  /// Has the table reach up to a new, larger descriptor, after the kernel has confirmed that it exists, so that a wild number
  /// costs nothing; false when it does not, or when nobody needs to know.
  @inline(never) private mutating func makeRoom(
    _ index: Int, _ list: borrowing some InterestList & ~Copyable
  ) -> Bool {
    let slot = slots[index]
    guard !slot.interest.isEmpty else { return false }
    guard slot.descriptor >= 0, list.add(slot.descriptor, slot.interest, token: token(index)) else {
      refused.append(UInt32(index))
      return false
    }
    descriptors.extend(to: Int(slot.descriptor) + 1, with: Descriptor())
    descriptors[Int(slot.descriptor)].kernel = slot.interest
    return true
  }

  /// Tells the kernel of a descriptor that it does not know.
  @inline(__always) private mutating func register(
    _ number: Int, _ wanted: HandleEvents, _ list: borrowing some InterestList & ~Copyable
  ) {
    if list.add(CInt(truncatingIfNeeded: number), wanted, token: token(Int(descriptors[number].head))) {
      descriptors[number].kernel = wanted
    } else {
      refuse(number)
    }
  }

  private mutating func settle(_ number: Int, turn: UInt32, _ list: borrowing some InterestList & ~Copyable) {
    let entry = descriptors[number]
    descriptors[number].isDirty = false
    descriptors[number].mustTell = false
    let wanted = union(number)
    if wanted.isEmpty {
      if !entry.kernel.isEmpty { unregister(number, turn: turn, list) }
    } else if entry.kernel.isEmpty {
      register(number, wanted, list)
    } else if entry.kernel != wanted || entry.mustTell {
      descriptors[number].kernel = wanted
      if !list.modify(CInt(number), wanted, token: token(Int(entry.head))) {
        descriptors[number].kernel = []
        refuse(number)
      }
    }
  }

  /// Ends the kernel's registration.
  func unregister(_ number: Int, turn: UInt32, _ list: borrowing some InterestList & ~Copyable) {
    descriptors[number].kernel = []
    descriptors[number].retiredTurn = turn
    list.remove(CInt(truncatingIfNeeded: number))
  }

  @inline(never) private mutating func refuse(_ number: Int) {
    var index = descriptors[number].head
    while index != 0 {
      if !slots[Int(index)].interest.isEmpty { refused.append(index) }
      index = slots[Int(index)].next
    }
  }

  private func token(_ index: Int) -> UInt64 {
    UInt64(slots[index].generation) << 32 | UInt64(index)
  }
}
