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
  /// Whether this is the word at which such a value begins.
  @inline(__always)
  func has(_ tag: Tag) -> Bool { UInt8(truncatingIfNeeded: self >> 56) == tag.rawValue }

  /// The index after the value that begins with this word at `position`.
  @inline(__always)
  func next(_ position: Int) -> Int {
    switch UInt8(truncatingIfNeeded: self >> 56) {
    case Tag.array.rawValue, Tag.object.rawValue: end
    case Tag.integer.rawValue, Tag.unsigned.rawValue, Tag.double.rawValue: position + 2
    default: position + 1
    }
  }

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
  func after(_ position: Int) -> Int { self[position].next(position) }

  @inline(__always)
  func bool(at index: Int) -> Bool? {
    self[index].has(.true) ? true : self[index].has(.false) ? false : nil
  }

  @inline(__always)
  func int64(at index: Int) -> Int64? {
    self[index].has(.integer) ? Int64(bitPattern: self[index + 1]) : nil
  }

  @inline(__always)
  func uint64(at index: Int) -> UInt64? {
    if self[index].has(.unsigned) { return self[index + 1] }
    return self[index].has(.integer) ? UInt64(exactly: Int64(bitPattern: self[index + 1])) : nil
  }

  @inline(__always)
  func string(at index: Int, strings: Int) -> String? {
    self[index].has(.string) ? text(at: strings + self[index].payload) : nil
  }

  /// The index of the value of the first member of that name, if the value at `index` is an object that has one.
  @inline(__always)
  func member(_ name: JSONKey, of index: Int, strings: Int) -> Int? {
    let wanted = unsafe UnsafeRawPointer(name.text.utf8Start)
    let length = name.text.utf8CodeUnitCount
    return unsafe withUnsafeBufferPointer { words -> Int? in
      // The tape is the parser's, so what it points to is inside it.
      guard let base = words.baseAddress, unsafe base[index].has(.object) else { return nil }
      let texts = unsafe UnsafeRawPointer(base) + strings
      let end = unsafe base[index].end - 1
      var position = index + 1
      while position < end {
        let text = unsafe texts + base[position].payload
        if unsafe Int(text.loadUnaligned(as: UInt32.self)) == length, unsafe memcmp(text + 4, wanted, length) == 0 {
          return position + 1
        }
        position = unsafe base[position + 1].next(position + 1)
      }
      return nil
    }
  }

  /// The hash of the text whose length word lies at that byte.
  func textHash(at offset: Int) -> UInt64 {
    let length = textLength(at: offset)
    return unsafe withUnsafeBytes { bytes in
      var hash = FNV.basis
      for place in offset + 4..<offset + 4 + length { hash = FNV.next(hash, unsafe bytes[place]) }
      return hash
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

/// The hash FNV-1a: short texts, no key; what it finds is compared anyway.
enum FNV {
  static let basis: UInt64 = 0xCBF2_9CE4_8422_2325

  @inline(__always)
  static func next(_ hash: UInt64, _ byte: UInt8) -> UInt64 { (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
}
