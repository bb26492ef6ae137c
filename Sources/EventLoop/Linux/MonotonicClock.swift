// SPDX-License-Identifier: Apache-2.0
// MonotonicClock: the clock that nobody sets.

private import CLinux

/// CLOCK_MONOTONIC, in nanoseconds.
enum MonotonicClock {
  /// The time now.
  @inline(__always) static func now() -> Int64 { linux_monotonic_nanoseconds() }
}
