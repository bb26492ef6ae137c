// SPDX-License-Identifier: Apache-2.0
// How many columns of a terminal a text takes.

/// How many columns of a terminal a text takes, and texts of a given width.
public enum DisplayWidth {
  /// Ranges that take two columns (East Asian Width W and F in Unicode's EastAsianWidth.txt, in large strokes).
  private static let wide: [ClosedRange<UInt32>] = [
    0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xA000...0xA4CF,
    0xA960...0xA97F, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6,
    0x1F300...0x1F64F, 0x1F680...0x1F6FF, 0x1F900...0x1F9FF, 0x20000...0x3FFFD,
  ]

  /// The columns of one character.
  public static func of(_ character: Character) -> Int {
    if character.isASCII { return 1 }
    return character.unicodeScalars.reduce(0) { max($0, of($1)) }
  }

  /// The columns of a text without control characters.
  public static func of(_ text: String) -> Int {
    if SafeText.isASCII(text) { return text.utf8.count }
    return text.reduce(0) { $0 + of($1) }
  }

  /// The text in at most that many columns; what had to be cut off shows as `…`.
  public static func fit(_ text: String, _ columns: Int) -> String {
    guard of(text) > columns else { return text }
    guard columns > 0 else { return "" }
    var shown = ""
    var used = 0
    for character in text {
      let width = of(character)
      guard used + width <= columns - 1 else { break }
      shown.append(character)
      used += width
    }
    return shown + "…"
  }

  /// The text filled up with spaces to that many columns; a longer one stays as it is.
  public static func pad(_ text: String, _ columns: Int) -> String {
    text + String(repeating: " ", count: max(0, columns - of(text)))
  }

  /// The text in exactly that many columns.
  public static func cell(_ text: String, _ columns: Int) -> String { pad(fit(text, columns), columns) }

  private static func of(_ scalar: Unicode.Scalar) -> Int {
    if scalar.isASCII { return 1 }
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .format: return 0
    default: return wide.contains { $0.contains(scalar.value) } ? 2 : 1
    }
  }
}
