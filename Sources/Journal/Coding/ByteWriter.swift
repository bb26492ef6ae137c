// SPDX-License-Identifier: Apache-2.0
// Bytes put one behind the other.

/// Writes numbers and text one behind the other; `ByteReader` reads them back.
struct ByteWriter {
  /// The bytes written so far.
  private(set) var bytes: [UInt8] = []

  /// Forgets what was written and keeps the memory.
  mutating func removeAll() {
    bytes.removeAll(keepingCapacity: true)
  }

  /// Takes back what was written after the first `count` bytes.
  mutating func cut(to count: Int) {
    bytes.removeLast(bytes.count - count)
  }

  /// Writes one byte.
  mutating func write(byte: UInt8) {
    bytes.append(byte)
  }

  /// Writes a number in groups of seven bits, the lowest first: small numbers take one byte.
  mutating func write(unsigned number: UInt64) {
    var rest = number
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(truncatingIfNeeded: rest))
  }

  /// Writes a number so that those near zero take one byte, whatever their sign.
  mutating func write(signed number: Int64) {
    write(unsigned: UInt64(bitPattern: (number << 1) ^ (number >> 63)))
  }

  /// Writes eight bytes, the lowest first.
  mutating func write(fixed number: UInt64) {
    for shift in stride(from: 0, to: 64, by: 8) { bytes.append(UInt8(truncatingIfNeeded: number >> UInt64(shift))) }
  }

  /// Writes the length of a text and its UTF-8.
  mutating func write(text: String) {
    write(unsigned: UInt64(text.utf8.count))
    bytes.append(contentsOf: text.utf8)
  }
}
