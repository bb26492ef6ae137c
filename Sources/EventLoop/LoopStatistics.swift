// SPDX-License-Identifier: Apache-2.0
// LoopStatistics: what a loop has done.

import Synchronization

/// What a loop has done since it was made.
public struct LoopStatistics: Hashable, Sendable {
  /// Turns begun.
  public var turns: UInt64
  /// Calls of handles.
  public var events: UInt64
  /// Calls of timers.
  public var timers: UInt64
  /// Jobs run.
  public var jobs: UInt64
  /// Waits that another thread ended.
  public var wakeUps: UInt64
  /// The longest that a callback or a job has kept the loop while `measuresCallbacks` was on.
  public var longestCallback: Duration
}

/// The counters behind `LoopStatistics`: only the loop's thread writes them, every thread may read them.
///
/// They are brought up to date after each phase of a turn.
struct LoopCounters: ~Copyable, Sendable {
  private let turns = Atomic<UInt64>(0)
  private let events = Atomic<UInt64>(0)
  private let timers = Atomic<UInt64>(0)
  private let jobs = Atomic<UInt64>(0)
  private let wakeUps = Atomic<UInt64>(0)
  private let longestCallback = Atomic<Int64>(0)
  let isMeasuring = Atomic<Bool>(false)

  @inline(__always) func countTurn() { Self.add(1, to: turns) }
  @inline(__always) func countEvents(_ count: Int) { Self.add(count, to: events) }
  @inline(__always) func countTimers(_ count: Int) { Self.add(count, to: timers) }
  @inline(__always) func countJobs(_ count: Int) { Self.add(count, to: jobs) }
  @inline(__always) func countWakeUp() { Self.add(1, to: wakeUps) }

  /// Runs something, and times it if that is wanted: otherwise no clock is read.
  @inline(__always) func measure(_ body: () -> Void) {
    guard isMeasuring.load(ordering: .relaxed) else { return body() }
    let start = MonotonicClock.now()
    body()
    note(MonotonicClock.now() &- start)
  }

  @inline(never) private func note(_ nanoseconds: Int64) {
    if nanoseconds > longestCallback.load(ordering: .relaxed) { longestCallback.store(nanoseconds, ordering: .relaxed) }
  }

  var snapshot: LoopStatistics {
    LoopStatistics(
      turns: turns.load(ordering: .relaxed), events: events.load(ordering: .relaxed),
      timers: timers.load(ordering: .relaxed), jobs: jobs.load(ordering: .relaxed),
      wakeUps: wakeUps.load(ordering: .relaxed), longestCallback: .nanoseconds(longestCallback.load(ordering: .relaxed))
    )
  }

  /// One thread writes, so that no locked instruction is needed.
  @inline(__always) private static func add(_ count: Int, to counter: borrowing Atomic<UInt64>) {
    counter.store(counter.load(ordering: .relaxed) &+ UInt64(truncatingIfNeeded: count), ordering: .relaxed)
  }
}

extension EventLoop {
  /// What the loop has done so far, up to the last finished phase of a turn; from any thread.
  public var statistics: LoopStatistics { counters.snapshot }

  /// Whether callbacks and jobs are timed, which costs two looks at the clock for each; off at first.
  ///
  /// A callback that blocks the loop shows in `LoopStatistics.longestCallback`.
  public var measuresCallbacks: Bool {
    get { counters.isMeasuring.load(ordering: .relaxed) }
    set { counters.isMeasuring.store(newValue, ordering: .relaxed) }
  }
}
