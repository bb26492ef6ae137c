// SPDX-License-Identifier: Apache-2.0
// TimerInterval: when a timer fires.

/// When a timer fires: never, in every turn, or again and again after a duration.
///
/// These are libvirt's three cases (-1, 0 and more than 0 milliseconds) with names.
public enum TimerInterval: Hashable, Sendable {
  /// The timer stays registered and does not fire until it is updated.
  case off
  /// The timer fires in every turn, and the loop does not sleep while there is such a timer.
  case everyTurn
  /// The timer fires when the duration is over, and again after each further one.
  ///
  /// A turn that comes late fires it once and not once per missed period. A duration of zero or less is `everyTurn`; one that
  /// does not fit the clock counts as the longest that does (about 292 years).
  case every(Duration)

  /// Makes an interval from libvirt's number: negative is `off`, zero is `everyTurn`, more is a period.
  public init(milliseconds: Int) {
    self =
      switch milliseconds {
      case ..<0: .off
      case 0: .everyTurn
      default: .every(.milliseconds(milliseconds))
      }
  }

  /// The period in nanoseconds, rounded up: -1 for `off`, 0 for `everyTurn`.
  var period: Int64 {
    switch self {
    case .off: return -1
    case .everyTurn: return 0
    case .every(let duration):
      guard duration > .zero else { return 0 }
      let (seconds, attoseconds) = duration.components
      let (whole, overflows) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
      let (sum, overflowsToo) = whole.addingReportingOverflow((attoseconds + 999_999_999) / 1_000_000_000)
      return overflows || overflowsToo ? .max : sum
    }
  }
}
