// SPDX-License-Identifier: Apache-2.0
// Spans as people write them.

/// Spans as people write them: `90`, `2h`, `1h30min`, `500ms`.
public enum SpanText {
  private static let units: [String: Int64] = {
    var units: [String: Int64] = [:]
    let names: [(Int64, [String])] = [
      (1, ["us", "usec"]),
      (1000, ["ms", "msec"]),
      (1_000_000, ["s", "sec", "second", "seconds"]),
      (60_000_000, ["m", "min", "minute", "minutes"]),
      (3_600_000_000, ["h", "hr", "hour", "hours"]),
      (86_400_000_000, ["d", "day", "days"]),
      (604_800_000_000, ["w", "week", "weeks"]),
    ]
    for (size, words) in names {
      for word in words { units[word] = size }
    }
    return units
  }()

  /// Microseconds of a span; a number without a unit is seconds.
  public static func microseconds(_ text: String) -> Int64? {
    var total: Int64 = 0
    var rest = Substring(text.lowercased().filter { $0 != " " })
    guard !rest.isEmpty, text.utf8.count <= TimeExpression.lengthLimit else { return nil }
    while !rest.isEmpty {
      let digits = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
      rest = rest.dropFirst(digits.count)
      let word = rest.prefix { $0.isLetter }
      rest = rest.dropFirst(word.count)
      guard let unit = word.isEmpty ? 1_000_000 : units[String(word)], let part = product(digits, unit) else {
        return nil
      }
      let sum = total.addingReportingOverflow(part)
      guard !sum.overflow else { return nil }
      total = sum.partialValue
    }
    return total
  }

  /// A span from the present moment, positive into the future: `-2h`, `+5min`, `2 hours ago`.
  static func relative(_ words: [String]) -> Int64? {
    var text = words.joined()
    if text.hasPrefix("-") { return microseconds(String(text.dropFirst())).map { -$0 } }
    if text.hasPrefix("+") { return microseconds(String(text.dropFirst())) }
    guard words.count > 1, words.last == "ago" else { return nil }
    text.removeLast("ago".count)
    return microseconds(text).map { -$0 }
  }

  private static func product(_ digits: Substring, _ unit: Int64) -> Int64? {
    if let whole = ClockText.number(digits, digits: 1...18) {
      let product = whole.multipliedReportingOverflow(by: unit)
      return product.overflow ? nil : product.partialValue
    }
    guard digits.contains("."), let number = Double(digits), number.isFinite else { return nil }
    return Int64(exactly: (number * Double(unit)).rounded())
  }
}
