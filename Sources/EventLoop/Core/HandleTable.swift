// SPDX-License-Identifier: Apache-2.0
// HandleTable: the handles, the descriptors that they share, and what the kernel has to be told.

/// One change of the kernel's interest list.
enum KernelChange: Equatable {
  case add(CInt, HandleEvents, token: UInt64)
  case modify(CInt, HandleEvents, token: UInt64)
  case delete(CInt)
}

/// The handles of a loop.
///
/// A handle sits in a slot; the slots of one descriptor are chained in the order of registration. Additions and changes of
/// interest are collected and reach the kernel in `settle`, before the loop waits, so that what is added and removed within a
/// turn costs no system call. Only the end of the last interest in a descriptor is told at once, since its owner may close it.
struct HandleTable {
  struct Slot {
    var callback: EventLoop.HandleCallback?
    var free: (@Sendable () -> Void)?
    var descriptor: CInt = -1
    var generation: UInt32 = 0
    var next: UInt32 = 0
    var interest: HandleEvents = []
    var deliverable: HandleEvents = []
    var isAlive = false
    var isLinked = false
    var isQueued = false

    var isFree: Bool { callback == nil }
  }

  /// What is registered for a descriptor. The generation changes whenever the kernel's registration ends, so that
  /// readiness that was reported for an earlier one is recognised.
  struct Descriptor {
    var head: UInt32 = 0
    var generation: UInt32 = 1
    var retiredTurn: UInt32 = 0
    var kernel: HandleEvents = []
    var isRegistered = false
    var isDirty = false
    var isChained = false
  }

  private(set) var slots: [Slot] = [Slot()]
  private var descriptors: [Descriptor] = []
  private var added: [UInt32] = []
  private var dirty: [CInt] = []
  private var refused: [UInt32] = []

  /// Whether a handle waits to be told that the kernel refused its descriptor.
  var hasRefused: Bool { !refused.isEmpty }

  // MARK: Requests

  /// Puts a handle into its slot; the kernel hears of it in `settle`.
  mutating func insert(
    _ id: HandleID, descriptor: CInt, events: HandleEvents, free: (@Sendable () -> Void)?,
    callback: @escaping EventLoop.HandleCallback
  ) {
    let index = id.slot
    while slots.count <= Int(index) { slots.append(Slot()) }
    assert(slots[Int(index)].isFree, "a slot is filled only after it was released")
    var slot = Slot(callback: callback, free: free, descriptor: descriptor, generation: id.generation)
    slot.interest = events
    slot.deliverable = events.deliverable
    slot.isAlive = true
    slot.isQueued = true
    slots[Int(index)] = slot
    added.append(index)
  }

  /// Changes what a handle waits for; false when there is no such handle.
  @discardableResult mutating func update(_ id: HandleID, events: HandleEvents) -> Bool {
    guard let index = find(id) else { return false }
    guard slots[index].interest != events else { return true }
    slots[index].interest = events
    slots[index].deliverable = events.deliverable
    if slots[index].isLinked {
      touch(slots[index].descriptor)
    } else if !slots[index].isQueued {
      slots[index].isQueued = true
      added.append(id.slot)
    }
    return true
  }

  /// Ends a handle: it is not called any more, and its slot waits for `release`.
  ///
  /// The change that comes back has to reach the kernel at once.
  mutating func remove(_ id: HandleID, turn: UInt32) -> KernelChange? {
    guard let index = find(id) else { return nil }
    slots[index].isAlive = false
    slots[index].interest = []
    slots[index].deliverable = []
    guard slots[index].isLinked else { return nil }
    let number = Int(slots[index].descriptor)
    guard descriptors[number].isRegistered else { return nil }
    guard union(number).isEmpty else {
      touch(slots[index].descriptor)
      return nil
    }
    descriptors[number].retiredTurn = turn
    return unregister(number)
  }

  /// Empties the slot of a removed handle and hands its closures back.
  mutating func release(
    slot index: UInt32
  ) -> (callback: EventLoop.HandleCallback?, free: (@Sendable () -> Void)?) {
    let slot = slots[Int(index)]
    if slot.isLinked { unlink(index, from: Int(slot.descriptor)) }
    slots[Int(index)] = Slot()
    return (slot.callback, slot.free)
  }

  // MARK: The kernel's view

  /// Tells the kernel everything that changed since the last call.
  ///
  /// `apply` says whether the kernel agreed. The handles of a descriptor that it refused are told by `takeRefused`.
  mutating func settle(_ apply: (KernelChange) -> Bool) {
    if !added.isEmpty {
      for index in added { link(index, apply) }
      added.removeAll(keepingCapacity: true)
    }
    if !dirty.isEmpty {
      for descriptor in dirty { settle(Int(descriptor), apply) }
      dirty.removeAll(keepingCapacity: true)
    }
  }

  /// The first slot of the registration that a token from the kernel stands for; 0 when that registration is over.
  func head(_ token: UInt64) -> UInt32 {
    let number = Int(token & 0xFFFF_FFFF)
    guard number < descriptors.count, UInt64(descriptors[number].generation) == token >> 32 else { return 0 }
    return descriptors[number].head
  }

  /// Whether readiness for a registration that is over is more than an echo: it did not end in this turn.
  func isGhost(_ token: UInt64, turn: UInt32) -> Bool {
    let number = Int(token & 0xFFFF_FFFF)
    return number >= descriptors.count || descriptors[number].retiredTurn != turn
  }

  /// Forgets what the kernel was told, so that the next `settle` tells it everything again.
  mutating func forgetKernel() {
    for number in descriptors.indices {
      descriptors[number].isRegistered = false
      descriptors[number].kernel = []
      descriptors[number].generation &+= 1
      if descriptors[number].head != 0 { touch(CInt(number)) }
    }
  }

  /// The slots whose descriptors the kernel refused since the last call.
  mutating func takeRefused() -> [UInt32] {
    defer { refused.removeAll() }
    return refused
  }

  // MARK: Inside

  private func find(_ id: HandleID) -> Int? {
    let index = Int(id.slot)
    guard index > 0, index < slots.count, slots[index].isAlive, slots[index].generation == id.generation else {
      return nil
    }
    return index
  }

  private func union(_ number: Int) -> HandleEvents {
    var events: HandleEvents = []
    var index = Int(descriptors[number].head)
    while index != 0 {
      events.formUnion(slots[index].interest)
      index = Int(slots[index].next)
    }
    return events
  }

  private mutating func touch(_ descriptor: CInt) {
    guard !descriptors[Int(descriptor)].isDirty else { return }
    descriptors[Int(descriptor)].isDirty = true
    dirty.append(descriptor)
  }

  private func token(_ number: Int) -> UInt64 {
    UInt64(descriptors[number].generation) << 32 | UInt64(number)
  }

  private mutating func unregister(_ number: Int) -> KernelChange {
    descriptors[number].isRegistered = false
    descriptors[number].kernel = []
    descriptors[number].generation &+= 1
    return .delete(CInt(number))
  }

  private mutating func link(_ index: UInt32, _ apply: (KernelChange) -> Bool) {
    let slot = slots[Int(index)]
    guard slot.isAlive, slot.isQueued, !slot.isLinked else { return }
    slots[Int(index)].isQueued = false
    let number = Int(slot.descriptor)
    if number < 0 {
      if !slot.interest.isEmpty { refused.append(index) }
      return
    }
    if number >= descriptors.count {
      // The table grows only for numbers that the kernel knows, so a wild number costs nothing.
      guard !slot.interest.isEmpty else { return }
      guard apply(.add(slot.descriptor, slot.interest, token: 1 << 32 | UInt64(number))) else {
        refused.append(index)
        return
      }
      while descriptors.count <= number { descriptors.append(Descriptor()) }
      descriptors[number].kernel = slot.interest
      descriptors[number].isRegistered = true
      descriptors[number].head = index
      slots[Int(index)].isLinked = true
      return
    }
    if descriptors[number].head == 0 {
      descriptors[number].head = index
    } else {
      var last = Int(descriptors[number].head)
      while slots[last].next != 0 { last = Int(slots[last].next) }
      slots[last].next = index
      descriptors[number].isChained = true
    }
    slots[Int(index)].isLinked = true
    touch(slot.descriptor)
  }

  private mutating func unlink(_ index: UInt32, from number: Int) {
    let next = slots[Int(index)].next
    if descriptors[number].head == index {
      descriptors[number].head = next
      return
    }
    var before = Int(descriptors[number].head)
    while slots[before].next != index { before = Int(slots[before].next) }
    slots[before].next = next
  }

  private mutating func settle(_ number: Int, _ apply: (KernelChange) -> Bool) {
    // A handle that joined others may mean that the descriptor was closed and its number used again: the kernel is asked.
    let isChained = descriptors[number].isChained
    descriptors[number].isDirty = false
    descriptors[number].isChained = false
    let wanted = union(number)
    let entry = descriptors[number]
    if wanted.isEmpty {
      if entry.isRegistered { _ = apply(unregister(number)) }
      return
    }
    guard !entry.isRegistered || entry.kernel != wanted || isChained else { return }
    let change: KernelChange =
      entry.isRegistered
      ? .modify(CInt(number), wanted, token: token(number)) : .add(CInt(number), wanted, token: token(number))
    if apply(change) {
      descriptors[number].isRegistered = true
      descriptors[number].kernel = wanted
    } else {
      descriptors[number].isRegistered = false
      descriptors[number].kernel = []
      refuse(number)
    }
  }

  private mutating func refuse(_ number: Int) {
    var index = descriptors[number].head
    while index != 0 {
      if !slots[Int(index)].interest.isEmpty { refused.append(index) }
      index = slots[Int(index)].next
    }
  }
}
