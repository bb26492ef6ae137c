// SPDX-License-Identifier: Apache-2.0
// FENCE: numbers made from bytes, read eight at a time: to find a damaged row, and to index subjects.

internal import EventModel

/// Numbers made from bytes; part of the format of the journal.
enum Checksum {
  /// A number of 64 bits from bytes and a seed; no protection against anyone who means harm, only against accident.
  static func hash(_ bytes: Span<UInt8>, seed: UInt64) -> UInt64 {
    var state = seed ^ 0x9E37_79B9_7F4A_7C15 &* (UInt64(bytes.count) &+ 1)
    unsafe bytes.withUnsafeBytes { bytes in
      var index = 0
      while index + 8 <= bytes.count {
        state = mix(state ^ UInt64(littleEndian: unsafe bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)))
        index += 8
      }
      var word: UInt64 = 0
      var shift: UInt64 = 0
      while index < bytes.count {
        word |= UInt64(unsafe bytes[index]) << shift
        shift += 8
        index += 1
      }
      state = mix(state ^ word)
    }
    return state
  }

  /// Spreads each bit over the whole number (the finalizer of MurmurHash3, public domain).
  @inline(__always) private static func mix(_ number: UInt64) -> UInt64 {
    var state = number
    state ^= state >> 33
    state &*= 0xFF51_AFD7_ED55_8CCD
    state ^= state >> 33
    state &*= 0xC4CE_B9FE_1A85_EC53
    state ^= state >> 33
    return state
  }

  /// The number under which a subject stands in the index; two subjects may share one.
  static func key(of subject: Subject) -> Int64 {
    let text = subject.key
    return Int64(bitPattern: hash(text.utf8Span.span, seed: UInt64(Codes.code(subject.category))))
  }
}
