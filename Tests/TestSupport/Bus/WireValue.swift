// SPDX-License-Identifier: Apache-2.0
// D-Bus values on the wire, written by the specification and by nobody's library.

/// A value as a raw client sends one.
public indirect enum WireValue: Sendable, Hashable {
  /// `b`, as any number: 2 is a lie that a library would refuse to tell.
  case boolean(UInt32)
  /// `u`
  case uint32(UInt32)
  /// `t`
  case uint64(UInt64)
  /// `s`, unchecked.
  case string(String)
  /// `o`, unchecked.
  case path(String)
  /// `g`, unchecked.
  case signature(String)
  /// `a`, with the signature of one element.
  case array(String, [WireValue])
  /// `(…)`
  case structure([WireValue])
  /// `{…}`
  case entry(WireValue, WireValue)
  /// `v`
  case variant(WireValue)
  /// Bytes as they are, for what no type describes; with the signature to claim.
  case raw(String, [UInt8])

  /// Its signature.
  public var signature: String {
    switch self {
    case .boolean: "b"
    case .uint32: "u"
    case .uint64: "t"
    case .string: "s"
    case .path: "o"
    case .signature: "g"
    case .array(let element, _): "a" + element
    case .structure(let members): "(" + members.map(\.signature).joined() + ")"
    case .entry(let key, let value): "{" + key.signature + value.signature + "}"
    case .variant: "v"
    case .raw(let signature, _): signature
    }
  }
}

/// Writes values in little-endian byte order.
struct WireWriter {
  private(set) var bytes: [UInt8] = []

  mutating func pad(to boundary: Int) {
    while bytes.count % boundary != 0 { bytes.append(0) }
  }

  mutating func write(_ value: WireValue) {
    switch value {
    case .boolean(let number), .uint32(let number): write(number)
    case .uint64(let number):
      pad(to: 8)
      for shift in stride(from: 0, to: 64, by: 8) { bytes.append(UInt8(truncatingIfNeeded: number >> shift)) }
    case .string(let text), .path(let text):
      write(UInt32(text.utf8.count))
      bytes += Array(text.utf8) + [0]
    case .signature(let text): bytes += [UInt8(truncatingIfNeeded: text.utf8.count)] + Array(text.utf8) + [0]
    case .array(let element, let values):
      write(UInt32(0))
      let length = bytes.count - 4
      pad(to: Self.alignment(of: element))
      let start = bytes.count
      for value in values { write(value) }
      let size = UInt32(bytes.count - start)
      for byte in 0..<4 { bytes[length + byte] = UInt8(truncatingIfNeeded: size >> (8 * byte)) }
    case .structure(let members):
      pad(to: 8)
      for member in members { write(member) }
    case .entry(let key, let value):
      pad(to: 8)
      write(key)
      write(value)
    case .variant(let value):
      write(.signature(value.signature))
      write(value)
    case .raw(_, let raw): bytes += raw
    }
  }

  mutating func write(_ number: UInt32) {
    pad(to: 4)
    for shift in stride(from: 0, to: 32, by: 8) { bytes.append(UInt8(truncatingIfNeeded: number >> shift)) }
  }

  private static func alignment(of signature: String) -> Int {
    switch signature.first {
    case "y", "g", "v": 1
    case "n", "q": 2
    case "x", "t", "d", "(", "{": 8
    default: 4
    }
  }
}

/// Reads what a raw client needs of a message: numbers and strings.
struct WireReader {
  let bytes: [UInt8]
  var offset = 0

  mutating func pad(to boundary: Int) { offset = (offset + boundary - 1) / boundary * boundary }

  mutating func byte() -> UInt8? {
    guard offset < bytes.count else { return nil }
    defer { offset += 1 }
    return bytes[offset]
  }

  mutating func uint32() -> UInt32? {
    pad(to: 4)
    guard offset + 4 <= bytes.count else { return nil }
    defer { offset += 4 }
    return (0..<4).reduce(0) { $0 | UInt32(bytes[offset + $1]) << (8 * $1) }
  }

  mutating func string(lengthBytes: Int = 4) -> String? {
    guard let length = lengthBytes == 1 ? byte().map(Int.init) : uint32().map(Int.init),
      offset + length + 1 <= bytes.count
    else { return nil }
    defer { offset += length + 1 }
    return String(decoding: bytes[offset..<(offset + length)], as: UTF8.self)
  }
}
