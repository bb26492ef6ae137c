// SPDX-License-Identifier: Apache-2.0
// Numbers out of bytes, each read with its bounds checked.

/// Bytes of a message.
typealias Bytes = ArraySlice<UInt8>

extension ArraySlice<UInt8> {
  /// The number of the machine's byte order at that offset; nil when the bytes end before.
  func number<Number: FixedWidthInteger & UnsignedInteger>(_ type: Number.Type, at offset: Int = 0) -> Number? {
    let size = Number.bitWidth / 8
    guard offset >= 0, count - offset >= size else { return nil }
    var number: Number = 0
    for index in (0..<size).reversed() { number = number << 8 | Number(self[startIndex + offset + index]) }
    return Number(littleEndian: number)
  }

  /// The bytes from that offset on; none when there are fewer.
  func from(_ offset: Int) -> Bytes { dropFirst(offset) }

  /// The bytes up to the first zero, which ends a text.
  var untilZero: Bytes { prefix { $0 != 0 } }

  /// The bytes as a hardware address, `52:54:00:12:34:56`.
  var hardwareAddress: String {
    let digits = Array("0123456789abcdef".utf8)
    var text: [UInt8] = []
    text.reserveCapacity(count * 3)
    for byte in self {
      if !text.isEmpty { text.append(UInt8(ascii: ":")) }
      text.append(digits[Int(byte >> 4)])
      text.append(digits[Int(byte & 0xF)])
    }
    return String(decoding: text, as: UTF8.self)
  }
}

/// A hardware address out of its text.
enum HardwareAddress {
  /// The bytes of `52:54:00:12:34:56`, of exactly `count` pairs of hexadecimal digits; nil for any other text.
  static func parse(_ text: String, count: Int = 6) -> [UInt8]? {
    guard text.utf8.count == count * 3 - 1 else { return nil }
    let parts = text.utf8.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
    guard parts.count == count else { return nil }
    var bytes: [UInt8] = []
    for part in parts {
      guard part.count == 2, let high = digit(part.first), let low = digit(part.last) else { return nil }
      bytes.append(high << 4 | low)
    }
    return bytes
  }

  private static func digit(_ byte: UInt8?) -> UInt8? {
    switch byte {
    case .some(UInt8(ascii: "0")...UInt8(ascii: "9")): byte.map { $0 - UInt8(ascii: "0") }
    case .some(UInt8(ascii: "a")...UInt8(ascii: "f")): byte.map { $0 - UInt8(ascii: "a") + 10 }
    case .some(UInt8(ascii: "A")...UInt8(ascii: "F")): byte.map { $0 - UInt8(ascii: "A") + 10 }
    default: nil
    }
  }
}
