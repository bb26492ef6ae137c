// SPDX-License-Identifier: Apache-2.0
// Bytes taken one behind the other.

internal import EventModel

/// What is wrong with bytes that the journal reads back.
enum CodingError: Error, Hashable {
  /// They end too early.
  case truncated
  /// A number takes more than 64 bits.
  case overflow
  /// Text is not UTF-8.
  case notText
  /// A code stands for nothing.
  case unknownCode(UInt8)
  /// Values are nested deeper than the limit.
  case tooDeep
  /// More bytes follow than belong there.
  case excess
  /// The check sum does not fit.
  case checksum
}

/// A position in bytes; each function reads what stands there and moves it on.
struct ByteReader {
  private(set) var offset = 0

  /// Whether the bytes are read to their end.
  func isAtEnd(of bytes: Span<UInt8>) -> Bool { offset == bytes.count }

  /// How many bytes follow.
  func rest(of bytes: Span<UInt8>) -> Int { bytes.count - offset }

  /// Reads one byte.
  mutating func byte(_ bytes: Span<UInt8>) throws(CodingError) -> UInt8 {
    guard offset < bytes.count else { throw .truncated }
    defer { offset += 1 }
    return bytes[offset]
  }

  /// Reads what `write(unsigned:)` wrote.
  mutating func unsigned(_ bytes: Span<UInt8>) throws(CodingError) -> UInt64 {
    var number: UInt64 = 0
    var shift: UInt64 = 0
    while true {
      let next = try byte(bytes)
      let group = UInt64(next & 0x7F)
      guard shift < 63 || (shift == 63 && group <= 1) else { throw .overflow }
      number |= group << shift
      if next & 0x80 == 0 { return number }
      shift += 7
    }
  }

  /// Reads what `write(signed:)` wrote.
  mutating func signed(_ bytes: Span<UInt8>) throws(CodingError) -> Int64 {
    let number = try unsigned(bytes)
    return Int64(bitPattern: number >> 1) ^ -Int64(bitPattern: number & 1)
  }

  /// Reads what `write(fixed:)` wrote.
  mutating func fixed(_ bytes: Span<UInt8>) throws(CodingError) -> UInt64 {
    guard rest(of: bytes) >= 8 else { throw .truncated }
    var number: UInt64 = 0
    for index in 0..<8 { number |= UInt64(bytes[offset + index]) << UInt64(index * 8) }
    offset += 8
    return number
  }

  /// Reads a count of things that take at least one byte each, so that no count asks for more memory than there are
  /// bytes.
  mutating func count(_ bytes: Span<UInt8>) throws(CodingError) -> Int {
    let number = try unsigned(bytes)
    guard let count = Int(exactly: number), count <= rest(of: bytes) else { throw .truncated }
    return count
  }

  /// Reads what `write(text:)` wrote.
  mutating func text(_ bytes: Span<UInt8>) throws(CodingError) -> String {
    let length = try count(bytes)
    defer { offset += length }
    do {
      return String(copying: try UTF8Span(validating: bytes.extracting(offset..<offset + length)))
    } catch {
      throw .notText
    }
  }
}
