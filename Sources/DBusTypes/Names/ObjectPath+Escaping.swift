// SPDX-License-Identifier: Apache-2.0
// Any text as one element of an object path, and back.

extension ObjectPath {
  /// Makes one element of a path out of any text, in the way of `sd_bus_path_encode(3)`.
  ///
  /// Letters and digits stay; every other byte of the UTF-8 form, and a digit at the beginning, becomes `_` and two
  /// lower-case hexadecimal digits; the empty text becomes `_`. Different texts give different elements, so text that
  /// a guest or a user chose can be part of a path.
  public static func escape(_ text: String) -> String {
    guard !text.isEmpty else { return "_" }
    let underscore = UInt8(ascii: "_")
    var element: [UInt8] = []
    element.reserveCapacity(text.utf8.count + 8)
    for byte in text.utf8 {
      let isDigit = (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
      if NameRules.isWord(byte), byte != underscore, !(isDigit && element.isEmpty) {
        element.append(byte)
      } else {
        element += [underscore, hexadecimal(byte >> 4), hexadecimal(byte & 15)]
      }
    }
    return String(decoding: element, as: UTF8.self)
  }

  /// The text that ``escape(_:)`` made `element` of; nil if it made it of none.
  public static func unescape(_ element: String) -> String? {
    if element == "_" { return "" }
    let bytes = Array(element.utf8)
    var text: [UInt8] = []
    text.reserveCapacity(bytes.count)
    var index = 0
    while index < bytes.count {
      if bytes[index] == UInt8(ascii: "_") {
        guard index + 2 < bytes.count, let high = digit(bytes[index + 1]), let low = digit(bytes[index + 2]) else {
          return nil
        }
        text.append(high << 4 | low)
        index += 3
      } else {
        text.append(bytes[index])
        index += 1
      }
    }
    guard let result = String(validating: text, as: UTF8.self), escape(result) == element else { return nil }
    return result
  }

  /// This path with one element more, made of any text by ``escape(_:)``.
  ///
  /// Nil when the result would be longer than ``maximumLength``.
  public func appending(_ text: String) -> ObjectPath? {
    ObjectPath((self == .root ? "/" : rawValue + "/") + ObjectPath.escape(text))
  }

  private static func hexadecimal(_ nibble: UInt8) -> UInt8 {
    nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "a") + nibble - 10
  }

  private static func digit(_ character: UInt8) -> UInt8? {
    switch character {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): character - UInt8(ascii: "a") + 10
    default: nil
    }
  }
}
