// SPDX-License-Identifier: Apache-2.0
// Text of a guest or another stranger, made fit for a terminal.

/// Text of a guest or another stranger, made fit for a terminal.
///
/// A terminal obeys control characters (ECMA-48, both the 7-bit and the 8-bit set), and characters that turn the direction
/// of writing or have no width let one text pass for another. They are shown by their numbers instead.
public enum SafeText {
  /// The text with what a terminal would obey shown by its number, `\x1b` or `\u{202e}`.
  public static func printable(_ text: String) -> String {
    replacing(text) { scalar, shown in
      if scalar.value < 0x100 {
        shown += scalar.value < 0x10 ? "\\x0" : "\\x"
        shown += String(scalar.value, radix: 16)
      } else {
        shown += "\\u{" + String(scalar.value, radix: 16) + "}"
      }
    }
  }

  /// A line of JSON with the same characters escaped as JSON has it; what was escaped before stays so.
  ///
  /// Outside of strings JSON has ASCII only, so this changes strings and nothing else.
  public static func printable(json line: String) -> String {
    replacing(line) { scalar, shown in
      for unit in String(scalar).utf16 {
        let digits = String(unit, radix: 16)
        shown += "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
      }
    }
  }

  /// The text with something else in the place of what a terminal would obey.
  private static func replacing(_ text: String, _ escape: (Unicode.Scalar, inout String) -> Void) -> String {
    if isPlain(text) { return text }
    var shown = ""
    shown.reserveCapacity(text.utf8.count + 8)
    for scalar in text.unicodeScalars {
      if isHarmless(scalar) { shown.unicodeScalars.append(scalar) } else { escape(scalar, &shown) }
    }
    return shown
  }

  // Nearly all text is plain: these two look at its bytes where they lie.

  /// Whether there is nothing but printable ASCII in it.
  static func isPlain(_ text: String) -> Bool {
    let bytes = text.utf8.span
    for index in bytes.indices where bytes[index] < 0x20 || bytes[index] >= 0x7F { return false }
    return true
  }

  /// Whether there is nothing but ASCII in it.
  static func isASCII(_ text: String) -> Bool {
    let bytes = text.utf8.span
    for index in bytes.indices where bytes[index] >= 0x80 { return false }
    return true
  }

  /// Whether a terminal only draws it.
  static func isHarmless(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.isASCII { return (0x20..<0x7F).contains(scalar.value) }
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate: return false
    default: return true
    }
  }
}
