// SPDX-License-Identifier: Apache-2.0
// The words of a tape and the string bytes that follow them. FENCE: string bytes are read in place.

private import Glibc

/// What a word of the tape begins.
enum Tag: UInt8 {
  case null = 0x6E
  case `true` = 0x74
  case `false` = 0x66
  case integer = 0x6C
  case unsigned = 0x75
  case double = 0x64
  case string = 0x22
  case array = 0x5B
  case object = 0x7B

  /// The tag of a word at which a value begins.
  @inline(__always)
  init(_ word: UInt64) { self = Tag(rawValue: UInt8(truncatingIfNeeded: word >> 56)) ?? .null }

  /// The tag of a word, or `nil` at the end of an array, an object or the text.
  @inline(__always)
  init?(endOrValue word: UInt64) { self.init(rawValue: UInt8(truncatingIfNeeded: word >> 56)) }
}

extension UInt64 {
  /// The lower 56 bits: an offset.
  @inline(__always)
  var payload: Int { Int(truncatingIfNeeded: self & 0x00FF_FFFF_FFFF_FFFF) }

  /// For the start of an array or object: the index after its end.
  @inline(__always)
  var end: Int { Int(truncatingIfNeeded: self & 0xFFFF_FFFF) }

  /// For the start of an array or object: how much is in it, saturated at 24 bits.
  @inline(__always)
  var count: Int { Int(truncatingIfNeeded: (self >> 32) & 0xFF_FFFF) }
}

extension [UInt64] {
  /// The index after the value that begins at `position`.
  @inline(__always)
  func after(_ position: Int) -> Int {
    switch Tag(self[position]) {
    case .array, .object: self[position].end
    case .integer, .unsigned, .double: position + 2
    case .string, .true, .false, .null: position + 1
    }
  }

  /// The length of the text whose length word lies at that byte.
  @inline(__always)
  func textLength(at offset: Int) -> Int {
    unsafe withUnsafeBytes { bytes in
      Int(unsafe bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }
  }

  /// The text whose length word lies at that byte.
  func text(at offset: Int) -> String {
    let length = textLength(at: offset)
    return unsafe withUnsafeBytes { bytes in
      unsafe String(decoding: UnsafeRawBufferPointer(rebasing: bytes[offset + 4..<offset + 4 + length]), as: UTF8.self)
    }
  }

  /// Whether the text whose length word lies at that byte is `expected`.
  @inline(__always)
  func text(at offset: Int, is expected: String) -> Bool {
    let length = textLength(at: offset)
    guard length == expected.utf8.count else { return false }
    return unsafe withUnsafeBytes { bytes in
      let found = unsafe UnsafeRawBufferPointer(rebasing: bytes[offset + 4..<offset + 4 + length])
      let same = unsafe expected.utf8.withContiguousStorageIfAvailable { wanted in
        guard let left = found.baseAddress, let right = wanted.baseAddress else { return true }
        return unsafe memcmp(left, right, length) == 0
      }
      return unsafe same ?? found.elementsEqual(expected.utf8)
    }
  }
}
