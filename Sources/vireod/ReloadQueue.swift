// SPDX-License-Identifier: Apache-2.0
// When a configuration is read again: never on the loop, never twice at once, never forgotten.

/// Decides when a configuration is read again.
///
/// A request that comes while one is under way is remembered, and leads to one more reading after it: the file may have
/// changed since the reading began.
struct ReloadQueue {
  private var isReading = false
  private var isWanted = false

  /// Somebody asked; true when the reading is to begin now.
  mutating func request() -> Bool {
    guard !isReading else {
      isWanted = true
      return false
    }
    isReading = true
    return true
  }

  /// A reading ended; true when the next one is to begin now.
  mutating func finish() -> Bool {
    isReading = isWanted
    isWanted = false
    return isReading
  }
}
