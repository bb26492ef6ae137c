// SPDX-License-Identifier: Apache-2.0
// FENCE: the monotonic clock as systemd counts it.
private import Glibc

/// The monotonic clock (clock_gettime(2), CLOCK_MONOTONIC).
enum MonotonicTime {
  /// Microseconds since some moment before the boot.
  static func microseconds() -> Int64 {
    var time = timespec()
    _ = unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000
  }
}
