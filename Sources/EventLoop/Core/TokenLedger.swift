// SPDX-License-Identifier: Apache-2.0
// TokenLedger: which tokens are alive, for every thread and without a lock.
//
// A fence file. A token is a slot number (from 1) in the lower 32 bits and the slot's generation (from 0) in the upper ones. For
// each slot there is a word: the generation, and whether the token of that generation is alive. A token begins to live when it is
// given out and is retired once, by whoever is first to exchange its word; so `removeHandle` can say in any thread whether
// there was anything to remove.
//
// The words are in chunks that never move and double in size, so that a word is found by arithmetic: the chunk of a slot is
// the position of the slot's highest bit. A chunk is made by whoever needs it first. What is kept of it is the address at
// which slot 0 would be if the chunk reached down so far, as a number, which is what atomics and `Sendable` agree about.

import Synchronization

@safe final class TokenLedger: Sendable {
  private typealias Word = Atomic<UInt32>

  /// The last generation of a slot, which stays out of use for ever after it.
  static let lastGeneration: UInt32 = UInt32.max >> 1

  /// Slots below 64 share the first chunk.
  private static let smallestSlots: UInt32 = 63

  private let chunks: InlineArray<27, Atomic<UInt>> = InlineArray { _ in Atomic<UInt>(0) }
  private let nextSlot = Atomic<UInt32>(1)

  deinit {
    for index in chunks.indices {
      let address = chunks[index].load(ordering: .acquiring)
      guard address != 0 else { continue }
      let slots = Self.slots(index)
      unsafe Self.word(slots.lowerBound, address).deinitialize(count: slots.count)
      unsafe Self.word(slots.lowerBound, address).deallocate()
    }
  }

  /// Takes so many slots that were never used; the tokens of their first generation are their numbers.
  func takeSlots(_ count: UInt32) -> Range<UInt32> {
    let first = nextSlot.wrappingAdd(count, ordering: .relaxed).oldValue
    precondition(first <= UInt32.max >> 1, "more than two thousand million slots")
    return first..<first + count
  }

  /// Begins the life of a token, which was never alive before.
  @inline(__always) func begin(_ token: UInt64) {
    unsafe word(UInt32(truncatingIfNeeded: token)).pointee.store(Self.alive(token), ordering: .releasing)
  }

  /// Ends the life of a token; false when it was not alive.
  @inline(__always) func retire(_ token: UInt64) -> Bool {
    let slot = UInt32(truncatingIfNeeded: token)
    guard token >> 32 <= UInt64(Self.lastGeneration), slot < nextSlot.load(ordering: .relaxed) else { return false }
    return unsafe word(slot).pointee.compareExchange(
      expected: Self.alive(token), desired: Self.alive(token) & ~1, ordering: .acquiringAndReleasing
    ).exchanged
  }

  /// The token that comes after one that was retired, nil when its slot is used up.
  static func next(after token: UInt64) -> UInt64? {
    token >> 32 < UInt64(lastGeneration) ? token + (1 << 32) : nil
  }

  // MARK: Inside

  @inline(__always) private static func alive(_ token: UInt64) -> UInt32 {
    UInt32(truncatingIfNeeded: token >> 32) << 1 | 1
  }

  /// The chunk of a slot.
  @inline(__always) private static func chunk(_ slot: UInt32) -> Int {
    Int(truncatingIfNeeded: UInt32(UInt32.bitWidth &- 6) &- UInt32((slot | smallestSlots).leadingZeroBitCount))
  }

  /// The slots of a chunk.
  private static func slots(_ chunk: Int) -> Range<Int> {
    chunk == 0 ? 0..<64 : 32 << chunk..<64 << chunk
  }

  @inline(__always) private static func word(_ slot: Int, _ address: UInt) -> UnsafeMutablePointer<Word> {
    // Never null: it lies in a chunk.
    let address = address &+ UInt(bitPattern: slot &* MemoryLayout<Word>.stride)
    return unsafe UnsafeMutablePointer(bitPattern: address).unsafelyUnwrapped
  }

  /// The word of a slot.
  @inline(__always) private func word(_ slot: UInt32) -> UnsafeMutablePointer<Word> {
    let chunk = Self.chunk(slot)
    let address = chunks[chunk].load(ordering: .acquiring)
    return unsafe Self.word(Int(slot), address != 0 ? address : makeChunk(chunk))
  }

  /// Makes a chunk, unless another thread is quicker.
  @inline(never) private func makeChunk(_ index: Int) -> UInt {
    let slots = Self.slots(index)
    let chunk = UnsafeMutablePointer<Word>.allocate(capacity: slots.count)
    for place in 0..<slots.count { unsafe (chunk + place).initialize(to: Word(0)) }
    let address = UInt(bitPattern: chunk) &- UInt(slots.lowerBound * MemoryLayout<Word>.stride)
    let (isOurs, other) = chunks[index].compareExchange(
      expected: 0, desired: address, ordering: .acquiringAndReleasing)
    guard !isOurs else { return address }
    unsafe chunk.deinitialize(count: slots.count)
    unsafe chunk.deallocate()
    return other
  }
}
