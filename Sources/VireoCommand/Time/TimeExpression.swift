// SPDX-License-Identifier: Apache-2.0
// Moments as people say them.
//
// What is understood:
//
//   now  today  yesterday  tomorrow  monday … sunday       a day, from its beginning; a day of the week is the last one
//   03:12  03:12:07.5                                      the last time that the clock showed it
//   yesterday 18:00   monday 08:30                         a day and a time
//   2026-11-22   2026-11-22 03:12   2026-11-22T03:12:07Z   a date, with a time, with a zone
//   Nov 22 03:12:07.005                                    what the tool itself prints
//   -2h   +5min   1h30min ago   2 hours ago                from now
//   @1795403527.5                                          seconds since the epoch
//
// A bare time of day is the last one and not today's, unlike in journalctl(1): at one in the morning somebody who asks what
// happened at 23:00 means two hours ago, not an hour that has yet to come.

public import EventModel

/// Why a text is no moment.
public struct TimeExpressionError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The text.
  public let text: String

  /// What to write instead.
  public var description: String {
    "'\(SafeText.printable(text))' is no time; write 03:12, yesterday, -2h, '2026-11-22 03:12' or @1795403527"
  }
}

/// Moments as people say them.
public enum TimeExpression {
  /// The longest text that is looked at, in bytes.
  static let lengthLimit = 100

  /// The moment that a text means.
  ///
  /// - Parameters:
  ///   - text: what was said.
  ///   - now: the present moment.
  ///   - zone: the time zone of who said it.
  ///   - after: a moment that it comes after, where that is known: the beginning of a range for its end. A bare time of
  ///     day is the first one after it then.
  /// - Returns: the moment.
  /// - Throws: an error that says how times are written.
  public static func parse(
    _ text: String, now: Timestamp, zone: ZoneRules, after: Timestamp? = nil
  ) throws(TimeExpressionError) -> Timestamp {
    guard text.utf8.count <= lengthLimit, text.utf8.allSatisfy({ (0x20..<0x7F).contains($0) }) else {
      throw TimeExpressionError(text: text)
    }
    let words = text.lowercased().split(separator: " ").map(String.init)
    let spoken = Spoken(words: words, now: now, zone: zone, after: after)
    guard !words.isEmpty, let moment = spoken.moment else { throw TimeExpressionError(text: text) }
    return moment
  }
}

/// What was said, word by word.
private struct Spoken {
  let words: [String]
  let now: Timestamp
  let zone: ZoneRules
  let after: Timestamp?

  private var today: WallTime { WallTime(now, in: zone) }

  var moment: Timestamp? {
    if words == ["now"] { return now }
    if words.count == 1, words[0].hasPrefix("@") { return ClockText.epoch(words[0].dropFirst()) }
    if let span = SpanText.relative(words) {
      let sum = now.microseconds.addingReportingOverflow(span)
      return sum.overflow ? nil : Timestamp(microseconds: sum.partialValue)
    }
    if words.count == 1, let inDay = ClockText.timeOfDay(words[0]) { return timeOfDay(inDay) }
    if let dated = printed ?? named ?? dated { return dated }
    return nil
  }

  /// The last time that the clock showed it, or the first after a given moment.
  private func timeOfDay(_ inDay: Int64) -> Timestamp {
    func on(_ days: Int64) -> Timestamp {
      var wall = today.moved(days: days)
      wall.inDay = inDay
      return wall.moment(in: zone)
    }
    let last = on(0) <= now ? on(0) : on(-1)
    guard let after, last < after else { return last }
    return (-1...1).lazy.map(on).first { $0 >= after } ?? last
  }

  /// `yesterday`, `monday 08:30`.
  private var named: Timestamp? {
    guard words.count <= 2, let day = dayNamed(words[0]) else { return nil }
    return at(day, words.dropFirst().first)
  }

  private func dayNamed(_ word: String) -> WallTime? {
    let start = today.startOfDay
    switch word {
    case "today": return start
    case "yesterday": return start.moved(days: -1)
    case "tomorrow": return start.moved(days: 1)
    default:
      let names = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"]
      guard word.count >= 3, let wanted = names.firstIndex(where: { $0 == word || $0.prefix(3) == word }) else {
        return nil
      }
      return start.moved(days: -((start.weekday - Int64(wanted) + 7) % 7))
    }
  }

  /// `nov 22 03:12:07.005`, as the tool prints it; the last one.
  private var printed: Timestamp? {
    guard words.count == 2 || words.count == 3,
      let month = TimeFormat.months.firstIndex(where: { $0.lowercased() == words[0] }),
      let day = Int64(words[1]), (1...31).contains(day)
    else { return nil }
    func inYear(_ year: Int64) -> Timestamp? {
      let date = WallTime(year: year, month: Int64(month) + 1, day: day)
      guard date.month == Int64(month) + 1 else { return nil }
      return at(date, words.dropFirst(2).first)
    }
    // The year before last too, for the 29th of February.
    return (0..<8).lazy.compactMap { inYear(today.year - $0) }.first { $0 <= now }
  }

  /// `2026-11-22`, `2026-11-22 03:12`, `2026-11-22T03:12:07+01:00`, `2026-11-22 03:12 utc`.
  private var dated: Timestamp? {
    var rest = words
    var zone = zone
    if rest.count > 1, rest.last == "utc" {
      zone = .utc
      rest.removeLast()
    }
    if rest.count == 1, let separator = rest[0].firstIndex(of: "t") {
      rest = [String(rest[0][..<separator]), String(rest[0][rest[0].index(after: separator)...])]
    }
    guard (1...2).contains(rest.count), let date = ClockText.date(rest[0]) else { return nil }
    guard rest.count == 2 else { return date.moment(in: zone) }
    let (clock, offset) = ClockText.splitOffset(rest[1])
    guard let inDay = ClockText.timeOfDay(clock) else { return nil }
    if let offset { zone = .fixed(seconds: offset, name: "") }
    var wall = date
    wall.inDay = inDay
    return wall.moment(in: zone)
  }

  private func at(_ day: WallTime, _ clock: String?) -> Timestamp? {
    guard let clock else { return day.moment(in: zone) }
    guard let inDay = ClockText.timeOfDay(clock) else { return nil }
    var wall = day
    wall.inDay = inDay
    return wall.moment(in: zone)
  }
}
