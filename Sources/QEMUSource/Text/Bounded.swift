// SPDX-License-Identifier: Apache-2.0
// Text from outside, cut to a limit and freed of what could disturb a terminal or a log.

extension String {
  /// The text, at most `limit` bytes of UTF-8 long, cut at the edge of a character; what is cut off is marked by "…".
  package func bounded(to limit: Int) -> String {
    guard utf8.count > limit else { return self }
    let mark = "…"
    var result = ""
    var room = limit - mark.utf8.count
    for character in unicodeScalars {
      room -= UTF8.width(character)
      if room < 0 { break }
      result.unicodeScalars.append(character)
    }
    return result + mark
  }

  /// The text with each control character (C0, DEL, C1) and each line or paragraph separator replaced by "�", and bounded.
  package func printable(limit: Int) -> String {
    let text = bounded(to: limit)
    guard text.utf8.contains(where: { $0 < 0x20 || $0 >= 0x7F }) else { return text }
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      switch scalar.value {
      case 0..<0x20, 0x7F..<0xA0, 0x2028, 0x2029, 0x202A...0x202E, 0x2066...0x2069:
        result.append("\u{FFFD}")
      default: result.append(scalar)
      }
    }
    return String(result)
  }
}
