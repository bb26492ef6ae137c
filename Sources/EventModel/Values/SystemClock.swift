// SPDX-License-Identifier: Apache-2.0
// FENCE: the one place of this layer that asks the kernel for the time.
private import Glibc

extension Timestamp {
  /// The wall clock now (clock_gettime(2), CLOCK_REALTIME).
  public static func now() -> Timestamp {
    var time = timespec()
    _ = unsafe clock_gettime(CLOCK_REALTIME, &time)
    return Timestamp(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
  }
}
