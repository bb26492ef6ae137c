// SPDX-License-Identifier: Apache-2.0
// Intervals: libvirt's numbers, durations, and their limits.

import Testing

@testable import EventLoop

@Suite struct TimerIntervalTests {
  @Test func `libvirt's numbers`() {
    #expect(TimerInterval(milliseconds: -1) == .off)
    #expect(TimerInterval(milliseconds: .min) == .off)
    #expect(TimerInterval(milliseconds: 0) == .everyTurn)
    #expect(TimerInterval(milliseconds: 1) == .every(.milliseconds(1)))
    #expect(TimerInterval(milliseconds: .max).period == TimerInterval.longestPeriod)
  }

  @Test(
    arguments: [
      (Duration.nanoseconds(1), Int64(1)), (.nanoseconds(999), 999), (.milliseconds(25_000), 25_000_000_000),
      (.seconds(9444), 9_444_000_000_000), (.seconds(9445), 9_445_000_000_000), (.seconds(86_400), 86_400_000_000_000),
      (Duration(secondsComponent: 0, attosecondsComponent: 1), 1),
      (Duration(secondsComponent: 1, attosecondsComponent: 1), 1_000_000_001),
      (Duration(secondsComponent: 20_000, attosecondsComponent: 1_000_000_001), 20_000_000_000_002),
    ] as [(Duration, Int64)])
  func `a duration is rounded up to nanoseconds`(_ duration: Duration, _ nanoseconds: Int64) {
    #expect(TimerInterval.every(duration).period == nanoseconds)
  }

  @Test func `a duration of nothing or less is every turn`() {
    #expect(TimerInterval.every(.zero) == .everyTurn)
    #expect(TimerInterval.every(.seconds(-5)) == .everyTurn)
    #expect(TimerInterval.every(.seconds(Int64.min)) == .everyTurn)
  }

  @Test func `a duration of ages is the longest that the clock can add`() {
    #expect(TimerInterval.every(.seconds(Int64.max)).period == TimerInterval.longestPeriod)
    #expect(TimerInterval.every(.seconds(80 * 366 * 86_400)).period == TimerInterval.longestPeriod)
    #expect(TimerInterval.every(.seconds(70 * 365 * 86_400)).period == 70 * 365 * 86_400 * 1_000_000_000)
    #expect(MonotonicClock.now() < TimerInterval.longestPeriod)
  }

  @Test func `intervals describe themselves`() {
    #expect("\(TimerInterval.off)" == "off")
    #expect("\(TimerInterval.everyTurn)" == "every turn")
    #expect("\(TimerInterval.every(.seconds(5)))" == "every 5.0 seconds")
  }
}
