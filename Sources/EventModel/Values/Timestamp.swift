// SPDX-License-Identifier: Apache-2.0
// A moment of the wall clock, in microseconds.

/// A moment of the wall clock: microseconds since 1970-01-01T00:00:00Z.
public struct Timestamp: Hashable, Comparable, Sendable {
  /// Microseconds since the epoch; negative before it.
  public var microseconds: Int64

  /// A moment that many microseconds after the epoch.
  public init(microseconds: Int64) {
    self.microseconds = microseconds
  }

  /// The moment as an unsigned count, as the bus carries it; 0 before the epoch.
  public var unsigned: UInt64 { UInt64(clamping: microseconds) }

  /// Whether one moment lies before the other.
  public static func < (left: Timestamp, right: Timestamp) -> Bool {
    left.microseconds < right.microseconds
  }

  /// The moment moved by a span; saturates instead of overflowing.
  public func advanced(by span: Duration) -> Timestamp {
    let (seconds, attoseconds) = span.components
    let whole = seconds.multipliedReportingOverflow(by: 1_000_000)
    let sum = whole.partialValue.addingReportingOverflow(attoseconds / 1_000_000_000_000)
    let moved = microseconds.addingReportingOverflow(sum.partialValue)
    guard !whole.overflow, !sum.overflow, !moved.overflow else {
      return Timestamp(microseconds: seconds < 0 ? .min : .max)
    }
    return Timestamp(microseconds: moved.partialValue)
  }

  /// The text form of RFC 3339 in UTC with six digits of a second, `2026-11-22T03:12:07.005691Z`.
  public var rfc3339: String {
    let (day, inDay) = microseconds.quotientAndRemainder(flooringBy: 86_400_000_000)
    let date = CivilDate(daysSinceEpoch: day)
    let (seconds, fraction) = inDay.quotientAndRemainder(dividingBy: 1_000_000)
    var text = ""
    text.reserveCapacity(27)
    text.append(decimal: date.year, width: 4)
    text += "-"
    text.append(decimal: date.month, width: 2)
    text += "-"
    text.append(decimal: date.day, width: 2)
    text += "T"
    text.append(decimal: seconds / 3600, width: 2)
    text += ":"
    text.append(decimal: seconds / 60 % 60, width: 2)
    text += ":"
    text.append(decimal: seconds % 60, width: 2)
    text += "."
    text.append(decimal: fraction, width: 6)
    text += "Z"
    return text
  }
}

/// A day of the proleptic Gregorian calendar.
package struct CivilDate: Equatable {
  package var year: Int64
  package var month: Int64
  package var day: Int64

  /// The date that many days after 1970-01-01, by counting 400-year eras from 0000-03-01.
  package init(daysSinceEpoch days: Int64) {
    let (era, dayOfEra) = (days + 719_468).quotientAndRemainder(flooringBy: 146_097)
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
    month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  }
}

extension Int64 {
  /// Quotient rounded towards minus infinity, with a remainder that is never negative.
  package func quotientAndRemainder(flooringBy divisor: Int64) -> (Int64, Int64) {
    let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
  }
}

extension String {
  /// Appends a number padded with zeros to at least `width` digits.
  package mutating func append(decimal number: Int64, width: Int) {
    let digits = String(number.magnitude)
    if number < 0 { append("-") }
    for _ in 0..<Swift.max(0, width - digits.utf8.count) { append("0") }
    append(digits)
  }
}
