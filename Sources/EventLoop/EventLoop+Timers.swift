// SPDX-License-Identifier: Apache-2.0
// EventLoop: timers.

import Synchronization

extension EventLoop {
  /// Registers a timer.
  ///
  /// The period begins now, on the monotonic clock, and a timer is never early; it may be late by up to a millisecond and by what
  /// the callbacks before it take.
  ///
  /// Reentrancy: inside a callback the timer waits for the next turn at least.
  ///
  /// - Parameters:
  ///   - interval: When to fire.
  ///   - free: Called once on the loop after the timer was removed, when the callback will never run again.
  ///   - callback: Called on the loop each time. The timer is armed for its next time before, so that an update inside
  ///     the callback wins.
  /// - Returns: The timer's token, valid at once in every thread.
  @discardableResult public func addTimeout(
    _ interval: TimerInterval, free: FreeCallback? = nil, callback: @escaping TimerCallback
  ) -> TimerID {
    let period = interval.period
    let deadline = Self.deadline(after: period)
    guard isOnLoop else {
      return post { inbox in
        let id = TimerID(rawValue: inbox.timerIDs.allocate())
        inbox.requests.append(.addTimeout(id, period: period, deadline: deadline, free: free, callback: callback))
        return id
      }
    }
    settleInbox()
    let id = TimerID(rawValue: inbox.withLock { $0.timerIDs.allocate() })
    core.timers.insert(id, period: period, deadline: deadline, free: free, callback: callback)
    return id
  }

  /// Arms a timer anew from now; does nothing if there is no such timer.
  public func updateTimeout(_ id: TimerID, interval: TimerInterval) {
    let period = interval.period
    let deadline = Self.deadline(after: period)
    guard isOnLoop else {
      return post { $0.requests.append(.updateTimeout(id, period: period, deadline: deadline)) }
    }
    settleInbox()
    core.timers.update(id, period: period, deadline: deadline)
  }

  /// Ends a timer; false if there is no such timer (any more).
  ///
  /// Threading: called on the loop, the callback does not run again. Called elsewhere, it may be running or about to run;
  /// the `free` callback tells when it is over.
  @discardableResult public func removeTimeout(_ id: TimerID) -> Bool {
    guard isOnLoop else {
      return post { inbox in
        guard inbox.timerIDs.retire(id.rawValue) else { return false }
        inbox.requests.append(.removeTimeout(id))
        return true
      }
    }
    settleInbox()
    guard inbox.withLock({ $0.timerIDs.retire(id.rawValue) }) else { return false }
    core.removeTimeout(id)
    return true
  }

  private static func deadline(after period: Int64) -> Int64 {
    period > 0 ? TimerQueue.deadline(after: period, from: MonotonicClock.now()) : 0
  }
}
