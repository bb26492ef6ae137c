// SPDX-License-Identifier: Apache-2.0
// IdentifierPool: which tokens are alive, and which slot comes next.

/// Gives out tokens that are never used twice, and knows which of them are alive.
///
/// A token is a slot number (from 1) in the lower 32 bits and the slot's generation (from 0) in the upper ones. It is `live`
/// until it is retired; its slot is given out again, with the next generation, only after it was released. A slot whose
/// generations are used up stays out of use for ever.
struct IdentifierPool {
  /// Generation and liveness of each slot: generation in the upper 31 bits, the lowest bit is set while it is alive.
  private var slots: [UInt32] = [0]
  private var free: [UInt32] = []

  static let lastGeneration: UInt32 = UInt32.max >> 1

  /// Makes a token that was never given out before.
  mutating func allocate() -> UInt64 {
    guard let slot = free.popLast() else {
      slots.append(1)
      return UInt64(slots.count - 1)
    }
    let word = slots[Int(slot)]
    slots[Int(slot)] = word | 1
    return UInt64(word >> 1) << 32 | UInt64(slot)
  }

  /// Ends the life of a token; false when it was not alive.
  mutating func retire(_ token: UInt64) -> Bool {
    let slot = Int(token & 0xFFFF_FFFF)
    guard slot > 0, slot < slots.count, token >> 32 <= UInt64(Self.lastGeneration),
      slots[slot] == UInt32(token >> 32) << 1 | 1
    else { return false }
    slots[slot] &= ~1
    return true
  }

  /// Makes the slot of a retired token available again.
  mutating func release(slot: UInt32) {
    let word = slots[Int(slot)]
    assert(word & 1 == 0, "a slot is released after its token was retired")
    guard word >> 1 < Self.lastGeneration else { return }
    slots[Int(slot)] = word &+ 2
    free.append(slot)
  }
}
