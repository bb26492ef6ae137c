// SPDX-License-Identifier: Apache-2.0
// How far local time is from UTC, and moments as the clock on the wall shows them.

public import EventModel

/// How far local time is from UTC, at any moment.
public struct ZoneRules: Sendable {
  /// Seconds that local time is ahead of UTC.
  public let offset: @Sendable (Timestamp) -> Int64
  /// The short name of local time, `CET` for one.
  public let abbreviation: @Sendable (Timestamp) -> String

  /// Rules from two functions.
  public init(
    offset: @escaping @Sendable (Timestamp) -> Int64, abbreviation: @escaping @Sendable (Timestamp) -> String
  ) {
    self.offset = offset
    self.abbreviation = abbreviation
  }

  /// Coordinated universal time.
  public static let utc = ZoneRules(offset: { _ in 0 }, abbreviation: { _ in "UTC" })

  /// Rules with one offset all the year.
  public static func fixed(seconds: Int64, name: String) -> ZoneRules {
    ZoneRules(offset: { _ in seconds }, abbreviation: { _ in name })
  }
}

/// A moment as the clock and the calendar on the wall show it.
public struct WallTime: Equatable, Sendable {
  /// The year.
  public var year: Int64
  /// The month, from 1.
  public var month: Int64
  /// The day of the month, from 1.
  public var day: Int64
  /// Microseconds since the day began.
  public var inDay: Int64

  /// Microseconds of a day of 24 hours.
  static let dayLength: Int64 = 86_400_000_000

  /// A moment from its parts; parts out of range carry over.
  public init(year: Int64, month: Int64, day: Int64, inDay: Int64 = 0) {
    self.init(days: WallTime.days(year, month, day), inDay: inDay)
  }

  /// What the clock shows at a moment.
  public init(_ moment: Timestamp, in zone: ZoneRules) {
    let shifted = moment.microseconds &+ zone.offset(moment) * 1_000_000
    self.init(days: 0, inDay: shifted)
  }

  private init(days: Int64, inDay: Int64) {
    let (carry, rest) = inDay.quotientAndRemainder(flooringBy: WallTime.dayLength)
    let date = CivilDate(daysSinceEpoch: days + carry)
    (year, month, day) = (date.year, date.month, date.day)
    self.inDay = rest
  }

  /// The moment when the clock shows this.
  ///
  /// When the clock is set forward over it, the moment the clock would have shown it; when it is shown twice, the first.
  public func moment(in zone: ZoneRules) -> Timestamp {
    let asUTC = WallTime.days(year, month, day) * WallTime.dayLength + inDay
    let before = zone.offset(Timestamp(microseconds: asUTC - WallTime.dayLength / 2))
    let guess = asUTC - before * 1_000_000
    if zone.offset(Timestamp(microseconds: guess)) == before { return Timestamp(microseconds: guess) }
    let after = zone.offset(Timestamp(microseconds: guess))
    let second = asUTC - after * 1_000_000
    let isShown = zone.offset(Timestamp(microseconds: second)) == after
    return Timestamp(microseconds: isShown ? second : guess)
  }

  /// This moved by whole days of the calendar.
  public func moved(days: Int64) -> WallTime {
    WallTime(year: year, month: month, day: day + days, inDay: inDay)
  }

  /// The beginning of this day.
  public var startOfDay: WallTime { WallTime(year: year, month: month, day: day) }

  /// The day of the week, 0 for Sunday.
  public var weekday: Int64 { (WallTime.days(year, month, day) + 4).quotientAndRemainder(flooringBy: 7).1 }

  /// Hour, minute, second and microsecond.
  public var clock: (hour: Int64, minute: Int64, second: Int64, microsecond: Int64) {
    let seconds = inDay / 1_000_000
    return (seconds / 3600, seconds / 60 % 60, seconds % 60, inDay % 1_000_000)
  }

  /// Days from 1970-01-01 to a date of the proleptic Gregorian calendar; a month out of range carries into the year.
  static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
    let (carry, monthIndex) = (month - 1).quotientAndRemainder(flooringBy: 12)
    // Years begin in March here, so that the leap day comes last.
    let shiftedMonth = (monthIndex + 10) % 12
    let shiftedYear = year + carry - (monthIndex < 2 ? 1 : 0)
    let (era, yearOfEra) = shiftedYear.quotientAndRemainder(flooringBy: 400)
    let dayOfYear = (153 * shiftedMonth + 2) / 5
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear + day - 1 - 719_468
  }
}
