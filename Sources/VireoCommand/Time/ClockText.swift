// SPDX-License-Identifier: Apache-2.0
// Dates, times of day and offsets, read from text.

public import EventModel

/// Dates, times of day and offsets, read from text.
enum ClockText {
  /// Microseconds since the day began, from `HH:MM`, `HH:MM:SS` or `HH:MM:SS.ffffff`.
  static func timeOfDay(_ text: some StringProtocol) -> Int64? {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard (2...3).contains(parts.count), let hour = number(parts[0], digits: 1...2), hour < 24,
      let minute = number(parts[1], digits: 2...2), minute < 60
    else { return nil }
    var inDay = (hour * 60 + minute) * 60_000_000
    if parts.count == 3 {
      guard let seconds = seconds(parts[2]), seconds < 60_000_000 else { return nil }
      inDay += seconds
    }
    return inDay
  }

  /// A date, from `YYYY-MM-DD`; nil when the calendar has no such day.
  static func date(_ text: some StringProtocol) -> WallTime? {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 3, let year = number(parts[0], digits: 4...4), let month = number(parts[1], digits: 1...2),
      let day = number(parts[2], digits: 1...2), (1...12).contains(month), (1...31).contains(day)
    else { return nil }
    let date = WallTime(year: year, month: month, day: day)
    return date.month == month ? date : nil
  }

  /// The time of day and the offset in seconds that may end it: `03:12z`, `03:12+01:00`, `03:12-0500`.
  static func splitOffset(_ text: String) -> (clock: Substring, offset: Int64?) {
    if text.hasSuffix("z") || text.hasSuffix("Z") { return (text.dropLast(), 0) }
    guard let sign = text.lastIndex(where: { $0 == "+" || $0 == "-" }) else { return (text[...], nil) }
    let digits = text[text.index(after: sign)...].filter { $0 != ":" }
    guard digits.count == 4, let hours = number(digits.prefix(2), digits: 2...2),
      let minutes = number(digits.suffix(2), digits: 2...2), hours < 24, minutes < 60
    else { return (text[...], nil) }
    let seconds = (hours * 60 + minutes) * 60
    return (text[..<sign], text[sign] == "-" ? -seconds : seconds)
  }

  /// A moment, from seconds since the epoch with up to six digits after a dot.
  static func epoch(_ text: some StringProtocol) -> Timestamp? {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard (1...2).contains(parts.count), let whole = number(parts[0], digits: 1...11) else { return nil }
    guard parts.count == 2 else { return Timestamp(microseconds: whole * 1_000_000) }
    return fraction(parts[1]).map { Timestamp(microseconds: whole * 1_000_000 + $0) }
  }

  /// Microseconds, from `SS` or `SS.ffffff`.
  private static func seconds(_ text: some StringProtocol) -> Int64? {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard (1...2).contains(parts.count), let whole = number(parts[0], digits: 2...2) else { return nil }
    guard parts.count == 2 else { return whole * 1_000_000 }
    return fraction(parts[1]).map { whole * 1_000_000 + $0 }
  }

  private static func fraction(_ digits: some StringProtocol) -> Int64? {
    guard let number = number(digits, digits: 1...6) else { return nil }
    return (digits.utf8.count..<6).reduce(number) { value, _ in value * 10 }
  }

  /// A number of that many decimal digits.
  static func number(_ text: some StringProtocol, digits: ClosedRange<Int>) -> Int64? {
    guard digits.contains(text.utf8.count), text.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
    return Int64(text)
  }
}

extension Timestamp {
  /// The moment of a text of RFC 3339, `2026-11-22T03:12:07.005691Z`.
  public init?(rfc3339 text: String) {
    guard text.utf8.count <= 40 else { return nil }
    let parts = text.lowercased().split(separator: "t", omittingEmptySubsequences: false)
    guard parts.count == 2, var date = ClockText.date(parts[0]) else { return nil }
    let (clock, offset) = ClockText.splitOffset(String(parts[1]))
    guard let offset, let inDay = ClockText.timeOfDay(clock) else { return nil }
    date.inDay = inDay
    self = date.moment(in: .fixed(seconds: offset, name: ""))
  }
}
