// SPDX-License-Identifier: Apache-2.0
// TimerInterval: when a timer fires.

/// When a timer fires: never, in every turn, or again and again after a duration.
///
/// These are libvirt's three cases (-1, 0 and more than 0 milliseconds) with names.
@frozen public struct TimerInterval: Hashable, Sendable {
  /// Nanoseconds; 0 for every turn, -1 for off.
  @usableFromInline let period: Int64

  @inlinable init(period: Int64) {
    self.period = period
  }

  /// The longest period, about 73 years: it can be added to any time of the clock.
  @usableFromInline static var longestPeriod: Int64 {
    @inlinable get { .max / 4 }
  }

  /// Makes an interval from libvirt's number: negative is `off`, zero is `everyTurn`, more is a period.
  @inlinable public init(milliseconds: Int) {
    let (period, overflows) = Int64(milliseconds).multipliedReportingOverflow(by: 1_000_000)
    self.init(period: milliseconds < 0 ? -1 : overflows ? Self.longestPeriod : min(period, Self.longestPeriod))
  }

  /// The timer stays registered and does not fire until it is updated.
  public static var off: TimerInterval {
    @inlinable get { TimerInterval(period: -1) }
  }

  /// The timer fires in every turn, and the loop does not sleep while there is such a timer.
  public static var everyTurn: TimerInterval {
    @inlinable get { TimerInterval(period: 0) }
  }

  /// The timer fires when the duration is over, and again after each further one.
  ///
  /// A turn that comes late fires it once and not once per missed period. The duration is rounded up to nanoseconds. One of
  /// zero or less is `everyTurn`; one of more than 73 years counts as that.
  @inlinable public static func every(_ duration: Duration) -> TimerInterval {
    let attoseconds = duration.attoseconds
    guard attoseconds > 0 else { return everyTurn }
    // Up to 2.6 hours a division of 64 bits does, which is several times cheaper than one of 128.
    if attoseconds < 1 << 73 {
      let nanoseconds = UInt64(truncatingIfNeeded: attoseconds >> 9) / 1_953_125
      let isWhole = UInt64(truncatingIfNeeded: attoseconds) == nanoseconds &* 1_000_000_000
      return TimerInterval(period: Int64(truncatingIfNeeded: nanoseconds) &+ (isWhole ? 0 : 1))
    }
    return TimerInterval(period: Int64(clamping: min((attoseconds - 1) / 1_000_000_000 + 1, Int128(longestPeriod))))
  }
}

extension TimerInterval: CustomStringConvertible {
  /// `off`, `every turn`, or the period.
  public var description: String {
    switch period {
    case ..<0: "off"
    case 0: "every turn"
    default: "every \(Duration.nanoseconds(period))"
    }
  }
}
