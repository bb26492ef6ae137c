// SPDX-License-Identifier: Apache-2.0
// The grammar of the names on a bus (D-Bus specification, "Valid Names").

/// The checks behind the name types.
///
/// A name passes here before any C code sees it: libdbus ends the process on a bad one.
enum NameRules {
  /// The specification's limit for bus, interface, error and member names, in bytes.
  static let maximumNameLength = 255

  /// Whether `text` is a unique name such as `:1.42` or a well-known one such as `org.example.Hub1`.
  static func isBusName(_ text: String) -> Bool {
    let bytes = text.utf8.span
    guard (2...maximumNameLength).contains(bytes.count) else { return false }
    let unique = bytes[0] == UInt8(ascii: ":")
    return isDotted(bytes, from: unique ? 1 : 0, digitsMayLead: unique) { isWord($0) || $0 == UInt8(ascii: "-") }
  }

  /// Whether `text` is an interface name; an error name has the same grammar.
  static func isInterfaceName(_ text: String) -> Bool {
    let bytes = text.utf8.span
    guard (3...maximumNameLength).contains(bytes.count) else { return false }
    return isDotted(bytes, from: 0, digitsMayLead: false, allowed: isWord)
  }

  /// Whether `text` is the name of a method, a signal or a property.
  static func isMemberName(_ text: String) -> Bool {
    let bytes = text.utf8.span
    guard (1...maximumNameLength).contains(bytes.count), !isDigit(bytes[0]) else { return false }
    return bytes.indices.allSatisfy { isWord(bytes[$0]) }
  }

  /// Whether `text` is an object path: `/`, or elements that each follow one slash.
  static func isObjectPath(_ text: String) -> Bool {
    let bytes = text.utf8.span
    let slash = UInt8(ascii: "/")
    guard (1...ObjectPath.maximumLength).contains(bytes.count), bytes[0] == slash else { return false }
    guard bytes.count > 1 else { return true }
    var previous = slash
    for index in 1..<bytes.count {
      let byte = bytes[index]
      guard byte == slash ? previous != slash : isWord(byte) else { return false }
      previous = byte
    }
    return previous != slash
  }

  /// Whether the byte may stand in an element of a path: a letter, a digit or the underscore, of ASCII.
  static func isWord(_ byte: UInt8) -> Bool {
    isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) || byte == UInt8(ascii: "_")
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }

  /// Two elements or more, none empty, with a dot between them.
  private static func isDotted(
    _ bytes: Span<UInt8>, from start: Int, digitsMayLead: Bool, allowed: (UInt8) -> Bool
  ) -> Bool {
    let dot = UInt8(ascii: ".")
    var elements = 0
    var leads = true
    for index in start..<bytes.count {
      let byte = bytes[index]
      if byte == dot {
        guard !leads else { return false }
        leads = true
      } else {
        guard allowed(byte), !leads || digitsMayLead || !isDigit(byte) else { return false }
        elements += leads ? 1 : 0
        leads = false
      }
    }
    return !leads && elements >= 2
  }
}
