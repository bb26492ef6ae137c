// SPDX-License-Identifier: Apache-2.0
// The grammar of the names on a bus (D-Bus specification, "Valid Names").

/// The checks behind the name types.
///
/// A name passes here before any C code sees it: libdbus ends the process on a bad one.
enum NameRules {
  /// The specification's limit for bus, interface, error and member names, in bytes.
  static let maximumNameLength = 255

  /// Whether the bytes are a unique name such as `:1.42` or a well-known one such as `org.example.Hub1`.
  static func isBusName(_ bytes: Span<UInt8>) -> Bool {
    guard (2...maximumNameLength).contains(bytes.count) else { return false }
    let unique = bytes[0] == UInt8(ascii: ":")
    return isDotted(bytes, from: unique ? 1 : 0, digitsMayLead: unique, hyphens: true)
  }

  /// Whether the bytes are an interface name; an error name has the same grammar.
  static func isInterfaceName(_ bytes: Span<UInt8>) -> Bool {
    guard (3...maximumNameLength).contains(bytes.count) else { return false }
    return isDotted(bytes, from: 0, digitsMayLead: false, hyphens: false)
  }

  /// Whether the bytes are the name of a method, a signal or a property.
  static func isMemberName(_ bytes: Span<UInt8>) -> Bool {
    guard (1...maximumNameLength).contains(bytes.count), !isDigit(bytes[0]) else { return false }
    return bytes.indices.allSatisfy { isWord(bytes[$0]) }
  }

  /// Whether the bytes are an object path: `/`, or elements that each follow one slash.
  static func isObjectPath(_ bytes: Span<UInt8>) -> Bool {
    let slash = UInt8(ascii: "/")
    guard (1...ObjectPath.maximumLength).contains(bytes.count), bytes[0] == slash else { return false }
    guard bytes.count > 1 else { return true }
    var previous = slash
    for index in 1..<bytes.count {
      let byte = bytes[index]
      guard isWord(byte) || byte == slash && previous != slash else { return false }
      previous = byte
    }
    return previous != slash
  }

  /// Whether the byte may stand in an element of a path: a letter, a digit or the underscore, of ASCII.
  @inline(__always) static func isWord(_ byte: UInt8) -> Bool {
    // One bit for each of the 64 bytes from `@` on, in which the letters and the underscore lie.
    let letters: UInt64 = 0x07FF_FFFE_87FF_FFFE
    return byte & 0xC0 == 0x40 ? letters &>> UInt64(byte & 0x3F) & 1 != 0 : isDigit(byte)
  }

  @inline(__always) private static func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }

  /// Two elements or more, none empty, with a dot between them.
  @inline(__always) private static func isDotted(
    _ bytes: Span<UInt8>, from start: Int, digitsMayLead: Bool, hyphens: Bool
  ) -> Bool {
    var dots = 0
    var previous = UInt8(ascii: ".")
    for index in start..<bytes.count {
      let byte = bytes[index]
      let leads = previous == UInt8(ascii: ".")
      if isWord(byte) || hyphens && byte == UInt8(ascii: "-") {
        guard !leads || digitsMayLead || !isDigit(byte) else { return false }
      } else {
        guard byte == UInt8(ascii: "."), !leads else { return false }
        dots += 1
      }
      previous = byte
    }
    return dots > 0 && previous != UInt8(ascii: ".")
  }
}
