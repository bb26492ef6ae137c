// SPDX-License-Identifier: Apache-2.0
// TokenSupply: the tokens that the loop's thread gives out next.

/// Tokens that were never given out: those of slots that became free, and of slots that were never used.
///
/// The loop's thread needs no lock for them. What it has too many of goes to the inbox, where other threads find it.
struct TokenSupply: ~Copyable {
  /// How many fresh slots are taken from the ledger at a time.
  static let batch: UInt32 = 64
  /// How many free tokens the loop's thread keeps for itself.
  static let largestSpare = 1024

  private var spare = FlatBuffer<UInt64>()
  private var fresh: Range<UInt32> = 0..<0

  /// Whether there is nothing left to give out.
  @inline(__always) var isEmpty: Bool { spare.count == 0 && fresh.isEmpty }

  /// Gives out the next token; there must be one.
  @inline(__always) mutating func take() -> UInt64 {
    guard spare.count == 0 else { return spare.removeLast() }
    let slot = fresh.lowerBound
    fresh = slot &+ 1..<fresh.upperBound
    return UInt64(slot)
  }

  /// Adds slots that were never used; the ones before must be used up.
  mutating func add(_ slots: Range<UInt32>) {
    assert(fresh.isEmpty)
    fresh = slots
  }

  /// Adds a token that is free.
  mutating func add(_ token: UInt64) { spare.append(token) }

  /// Whether there are more free tokens than the loop's thread keeps.
  var isPlentiful: Bool { spare.count > Self.largestSpare }

  /// Gives away what `isPlentiful` says is too much.
  mutating func surplus() -> [UInt64] {
    guard isPlentiful else { return [] }
    var tokens: [UInt64] = []
    while spare.count > Self.largestSpare / 2 { tokens.append(spare.removeLast()) }
    return tokens
  }
}
