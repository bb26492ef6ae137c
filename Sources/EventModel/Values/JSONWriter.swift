// SPDX-License-Identifier: Apache-2.0
// Values as JSON text (RFC 8259).

/// Writes values as JSON text on one line (RFC 8259): UTF-8, control characters escaped, no white space between tokens.
public struct JSONWriter {
  /// The bytes written so far.
  public private(set) var bytes: [UInt8] = []

  /// A writer with nothing written.
  public init() {}

  /// The text written so far.
  public var text: String { String(decoding: bytes, as: UTF8.self) }

  /// Writes bytes that are JSON already.
  public mutating func write(verbatim text: StaticString) {
    text.withUTF8Buffer { unsafe bytes.append(contentsOf: $0) }
  }

  /// Writes a value.
  public mutating func write(_ value: Value) {
    switch value {
    case .bool(let truth): write(verbatim: truth ? "true" : "false")
    case .int(let number): bytes.append(contentsOf: String(number).utf8)
    case .uint(let number): bytes.append(contentsOf: String(number).utf8)
    case .double(let number): write(number)
    case .string(let text): write(text)
    case .list(let values):
      bytes.append(UInt8(ascii: "["))
      for (index, value) in values.enumerated() {
        if index > 0 { bytes.append(UInt8(ascii: ",")) }
        write(value)
      }
      bytes.append(UInt8(ascii: "]"))
    case .map(let fields): write(fields)
    }
  }

  /// Writes named values as an object.
  public mutating func write(_ fields: Fields) {
    bytes.append(UInt8(ascii: "{"))
    for (index, entry) in fields.enumerated() {
      if index > 0 { bytes.append(UInt8(ascii: ",")) }
      write(entry.name)
      bytes.append(UInt8(ascii: ":"))
      write(entry.value)
    }
    bytes.append(UInt8(ascii: "}"))
  }

  /// Writes a number; JSON has no infinities, so those become null.
  public mutating func write(_ number: Double) {
    if number.isFinite {
      bytes.append(contentsOf: String(number).utf8)
    } else {
      write(verbatim: "null")
    }
  }

  /// Writes text in quotes.
  public mutating func write(_ text: String) {
    bytes.append(UInt8(ascii: "\""))
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""): write(verbatim: #"\""#)
      case UInt8(ascii: "\\"): write(verbatim: #"\\"#)
      case 0x0A: write(verbatim: #"\n"#)
      case 0x0D: write(verbatim: #"\r"#)
      case 0x09: write(verbatim: #"\t"#)
      case 0..<0x20, 0x7F:
        write(verbatim: #"\u00"#)
        bytes.append(Self.hexadecimal(byte >> 4))
        bytes.append(Self.hexadecimal(byte & 0xF))
      default: bytes.append(byte)
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }

  /// How many bytes a byte of a text takes, written.
  public static func length(of byte: UInt8) -> Int {
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), 0x0A, 0x0D, 0x09: 2
    case 0..<0x20, 0x7F: 6
    default: 1
    }
  }

  private static func hexadecimal(_ digit: UInt8) -> UInt8 {
    digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
  }
}
