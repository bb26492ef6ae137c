// SPDX-License-Identifier: Apache-2.0
// FENCE: which of the cases of an enumeration a value is.

/// An enumeration of cases without values, at most 256 of them, whose raw value is text.
///
/// Swift hashes such a value by its text, at some 200 instructions; several are hashed for each event. By its
/// ordinal it costs a part of that.
package protocol Ordinal: CaseIterable, Hashable {}

extension Ordinal {
  /// The place of the case among all cases.
  @inlinable @inline(__always) package var ordinal: Int {
    // An enumeration of at most 256 cases without values is stored as one byte, which counts them from 0 in their order; one of
    // a single case is stored as none. The test of the ordinals is that of the properties of objects.
    precondition(MemoryLayout<Self>.size == 1)
    return Int(unsafe unsafeBitCast(self, to: UInt8.self))
  }
}
