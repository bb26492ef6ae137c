// SPDX-License-Identifier: Apache-2.0
// A point on the machine's monotonic clock. FENCE: clock_gettime.

private import Glibc

/// A point in time that never goes back, in nanoseconds of `CLOCK_MONOTONIC`.
///
/// The pure parts are given the time, they never ask for it; a callback of the loop asks once and all that it does is of that
/// moment.
package struct MonotonicTime: Hashable, Comparable, Sendable {
  /// Nanoseconds since some fixed point, usually the start of the machine.
  package let nanoseconds: Int64

  /// A point in time.
  package init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

  /// The present moment.
  package static func now() -> MonotonicTime {
    var time = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return MonotonicTime(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
  }

  /// The earlier one.
  package static func < (left: MonotonicTime, right: MonotonicTime) -> Bool {
    left.nanoseconds < right.nanoseconds
  }

  /// The moment `duration` later.
  package static func + (time: MonotonicTime, duration: Duration) -> MonotonicTime {
    MonotonicTime(nanoseconds: time.nanoseconds + duration.nanoseconds)
  }

  /// The time from `earlier` to `later`.
  package static func - (later: MonotonicTime, earlier: MonotonicTime) -> Duration {
    .nanoseconds(later.nanoseconds - earlier.nanoseconds)
  }
}

extension Duration {
  /// Whole nanoseconds; what is too long to count (292 years) is the longest that can be counted.
  var nanoseconds: Int64 {
    let (seconds, attoseconds) = components
    let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    let (sum, carry) = whole.addingReportingOverflow(attoseconds / 1_000_000_000)
    if overflow || carry { return seconds < 0 ? .min : .max / 4 }
    return sum
  }
}
