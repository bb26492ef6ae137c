// SPDX-License-Identifier: Apache-2.0
// Text as the macros of man(7) want it.

/// Text as the macros of man(7) want it.
enum Roff {
  /// A text on one line, nothing of which is a request.
  static func text(_ text: some StringProtocol) -> String {
    var shown = ""
    for character in text.split(whereSeparator: \.isWhitespace).joined(separator: " ") {
      switch character {
      case "\\": shown += "\\e"
      case "-": shown += "\\-"
      case "`": shown += "\\(ga"
      case "^": shown += "\\(ha"
      case "~": shown += "\\(ti"
      default: shown.append(character)
      }
    }
    return shown.hasPrefix(".") || shown.hasPrefix("'") ? "\\&" + shown : shown
  }

  /// Prose, where a dash is a hyphen and what stands between backquotes is bold.
  static func prose(_ text: some StringProtocol) -> String {
    let parts = text.split(separator: "`", omittingEmptySubsequences: false)
    return parts.enumerated().map { place, part in
      // White space at the ends of a part belongs to the sentence.
      let (head, tail) = (part.first == " " ? " " : "", part.last == " " && part.count > 1 ? " " : "")
      let plain = head + inline(part, isCode: place % 2 == 1) + tail
      return place % 2 == 1 ? "\\fB\(plain)\\fR" : plain
    }.joined()
  }

  private static func inline(_ part: some StringProtocol, isCode: Bool) -> String {
    guard !isCode else { return text(part) }
    return text(part).split(separator: " ").map { word in
      // What begins with a dash is an option, to be copied as it stands.
      word.hasPrefix("\\-")
        ? String(word) : word.split(separator: "\\-", omittingEmptySubsequences: false).joined(separator: "-")
    }.joined(separator: " ")
  }

  /// A paragraph with a hanging tag.
  static func item(_ tag: String, _ body: String) -> String { ".TP\n\(tag)\n\(body)\n" }

  /// Bold.
  static func bold(_ plain: some StringProtocol) -> String { "\\fB\(text(plain))\\fR" }

  /// Italic.
  static func italic(_ plain: some StringProtocol) -> String { "\\fI\(text(plain))\\fR" }
}
