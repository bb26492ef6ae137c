// SPDX-License-Identifier: Apache-2.0
// FENCE: a timer that never fires, but is cancelled when the wall clock is set (timerfd_create(2)).

private import CLinux
import EventLoop
private import Glibc

/// The kernel refused something that a source of the host needs.
struct HostError: Error, Hashable, CustomStringConvertible {
  /// The system call.
  let operation: String
  /// The error number of errno(3).
  let errorNumber: CInt

  var description: String { "\(operation): error \(errorNumber)" }
}

/// A descriptor that becomes readable when the wall clock is set.
final class ClockWatch {
  private let descriptor: OwnedDescriptor

  init() throws(HostError) {
    let number = timerfd_create(CLOCK_REALTIME, CInt(TFD_NONBLOCK | TFD_CLOEXEC))
    guard number >= 0 else { throw HostError(operation: "timerfd_create", errorNumber: errno) }
    descriptor = OwnedDescriptor(adopting: number)
    var never = itimerspec()
    never.it_value.tv_sec = .max
    let flags = CInt(TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET)
    guard unsafe timerfd_settime(number, flags, &never, nil) == 0 else {
      throw HostError(operation: "timerfd_settime", errorNumber: errno)
    }
  }

  var number: CInt { descriptor.rawValue }

  /// Makes the descriptor quiet until the clock is set again.
  func drain() {
    var count: UInt64 = 0
    // The read fails with ECANCELED, which is the news itself; the timer stays armed.
    _ = unsafe read(descriptor.rawValue, &count, MemoryLayout<UInt64>.size)
  }

  /// How far the wall clock is ahead of the time since the start of the machine, sleep included.
  @Sendable static func offset() -> Duration { time(CLOCK_REALTIME) - time(CLOCK_BOOTTIME) }

  /// How long the machine slept since its start.
  static func slept() -> Duration {
    let awake = awake()
    return time(CLOCK_BOOTTIME) - awake
  }

  /// How long the machine was awake since its start, as systemd counts for its units.
  static func awake() -> Duration { time(CLOCK_MONOTONIC) }

  private static func time(_ clock: clockid_t) -> Duration {
    var time = timespec()
    _ = unsafe clock_gettime(clock, &time)
    return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
  }
}
