// SPDX-License-Identifier: Apache-2.0
// TurnTimes: how long the turns of a loop take, and how late its timers are.

import Synchronization

/// How long something of a loop took each time, in buckets: its turns, from the end of the wait to the end of the turn, or its
/// timers, from their time to their call.
public struct TurnTimes: Hashable, Sendable {
  /// The upper bounds of the buckets but the last, which has none: 10 µs to 3 s.
  public static let bounds: [Duration] = [
    .microseconds(10), .microseconds(30), .microseconds(100), .microseconds(300), .milliseconds(1), .milliseconds(3),
    .milliseconds(10), .milliseconds(30), .milliseconds(100), .milliseconds(300), .seconds(1), .seconds(3),
  ]

  /// How many fell into each bucket.
  public internal(set) var counts = [UInt64](repeating: 0, count: TurnTimes.bounds.count + 1)
  /// The sum of all.
  public internal(set) var sum: Duration = .zero
}

/// The times behind `TurnTimes`: the loop's thread writes them, every thread may read them.
struct TurnTimer: ~Copyable, Sendable {
  private static let bounds = TurnTimes.bounds.map {
    $0.components.attoseconds / 1_000_000_000 + $0.components.seconds * 1_000_000_000
  }

  let isOn = Atomic<Bool>(false)
  // One thread writes, and asking is rare: a lock that nobody holds costs less than the clock.
  private let turns = Mutex(TurnTimes())
  private let delays = Mutex(TurnTimes())

  @inline(never) func noteTurn(nanoseconds: Int64) { Self.note(nanoseconds, in: turns) }

  @inline(never) func noteDelay(nanoseconds: Int64) { Self.note(nanoseconds, in: delays) }

  private static func note(_ nanoseconds: Int64, in times: borrowing Mutex<TurnTimes>) {
    let bucket = bounds.firstIndex { nanoseconds <= $0 } ?? bounds.count
    times.withLock { times in
      times.counts[bucket] += 1
      times.sum += .nanoseconds(nanoseconds)
    }
  }

  var turnTimes: TurnTimes { turns.withLock(\.self) }
  var timerDelays: TurnTimes { delays.withLock(\.self) }
}

extension EventLoop {
  /// Whether turns and the delays of timers are timed, which costs two looks at the clock for each turn; off at first.
  public var measuresTurns: Bool {
    get { turnTimer.isOn.load(ordering: .relaxed) }
    set { turnTimer.isOn.store(newValue, ordering: .relaxed) }
  }

  /// How long the turns took while `measuresTurns` was on; from any thread.
  public var turnTimes: TurnTimes { turnTimer.turnTimes }

  /// How late the timers were called while `measuresTurns` was on: of each turn that calls some, the one that was due
  /// first; from any thread.
  ///
  /// A timer is never early, and up to a millisecond late on an idle loop; what is more is what callbacks took.
  public var timerDelays: TurnTimes { turnTimer.timerDelays }
}
