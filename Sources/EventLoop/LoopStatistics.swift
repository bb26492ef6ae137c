// SPDX-License-Identifier: Apache-2.0
// LoopStatistics: what a loop has done.

import Synchronization

/// What a loop has done since it was made.
public struct LoopStatistics: Hashable, Sendable {
  /// Turns begun.
  public var turns: UInt64
  /// Callbacks called: of handles and timers, and jobs.
  public var callbacks: UInt64
  /// Waits that another thread ended.
  public var wakeUps: UInt64
}

/// The counters behind `LoopStatistics`: only the loop's thread writes them, every thread may read them.
struct LoopCounters: ~Copyable, Sendable {
  private let turns = Atomic<UInt64>(0)
  private let callbacks = Atomic<UInt64>(0)
  private let wakeUps = Atomic<UInt64>(0)

  func countTurn() { Self.increment(turns) }
  func countCallback() { Self.increment(callbacks) }
  func countWakeUp() { Self.increment(wakeUps) }

  var snapshot: LoopStatistics {
    LoopStatistics(
      turns: turns.load(ordering: .relaxed), callbacks: callbacks.load(ordering: .relaxed),
      wakeUps: wakeUps.load(ordering: .relaxed))
  }

  /// One thread writes, so that no locked instruction is needed.
  private static func increment(_ counter: borrowing Atomic<UInt64>) {
    counter.store(counter.load(ordering: .relaxed) &+ 1, ordering: .relaxed)
  }
}

extension EventLoop {
  /// What the loop has done so far; from any thread.
  public var statistics: LoopStatistics { counters.snapshot }
}
