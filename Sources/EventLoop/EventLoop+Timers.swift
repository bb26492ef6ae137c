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
    _ interval: TimerInterval, free: consuming FreeCallback? = nil, callback: consuming @escaping TimerCallback
  ) -> TimerID {
    let calls = TimerCalls(callback: callback, free: free)
    guard isDirect else { return addTimeoutIndirectly(interval, calls) }
    let core = core
    if core.state.timerTokens.isEmpty { refillTimerTokens() }
    let id = TimerID(core.state.timerTokens.take())
    timerLedger.begin(id.rawValue)
    let now = interval.period > 0 ? MonotonicClock.now() : 0
    core.state.timers.insert(id, period: interval.period, now: now, calls: calls)
    return id
  }

  /// Arms a timer anew from now; does nothing if there is no such timer.
  public func updateTimeout(_ id: TimerID, interval: TimerInterval) {
    guard isDirect else { return updateTimeoutIndirectly(id, interval) }
    guard interval.period > 0 else { return disarm(id, interval) }
    core.state.timers.update(id, period: interval.period, deadline: MonotonicClock.now() &+ interval.period)
  }

  @inline(never) private func disarm(_ id: TimerID, _ interval: TimerInterval) {
    core.state.timers.update(id, period: interval.period, deadline: TimerQueue.Slot.never)
  }

  /// Ends a timer; false if there is no such timer (any more).
  ///
  /// Threading: called on the loop, the callback does not run again. Called elsewhere, it may be running or about to run;
  /// the `free` callback tells when it is over.
  @discardableResult public func removeTimeout(_ id: TimerID) -> Bool {
    guard isDirect else { return removeTimeoutIndirectly(id) }
    guard timerLedger.retire(id.rawValue) else { return false }
    core.state.removeTimeout(id)
    return true
  }

  @inline(never) private func refillTimerTokens() {
    let slots = timerLedger.takeSlots(TokenSupply.batch)
    core.state.timers.prepare(slots.upperBound - 1)
    core.state.timerTokens.add(slots)
  }

  // MARK: From another thread, or with something in the inbox

  @inline(never) private func addTimeoutIndirectly(_ interval: TimerInterval, _ calls: consuming TimerCalls) -> TimerID
  {
    let (callback, free) = (calls.callback, calls.free)
    if isOnLoop {
      deliver()
      return addTimeout(interval, free: free, callback: callback)
    }
    let now = MonotonicClock.now()
    return post { inbox in
      let id = TimerID(inbox.timerTokens.popLast() ?? UInt64(timerLedger.takeSlots(1).lowerBound))
      timerLedger.begin(id.rawValue)
      inbox.requests.append(.addTimeout(id, interval, now: now, free: free, callback: callback))
      return id
    }
  }

  @inline(never) private func updateTimeoutIndirectly(_ id: TimerID, _ interval: TimerInterval) {
    if isOnLoop {
      deliver()
      updateTimeout(id, interval: interval)
    } else {
      let now = MonotonicClock.now()
      post { $0.requests.append(.updateTimeout(id, interval, now: now)) }
    }
  }

  @inline(never) private func removeTimeoutIndirectly(_ id: TimerID) -> Bool {
    if isOnLoop {
      deliver()
      return removeTimeout(id)
    }
    guard timerLedger.retire(id.rawValue) else { return false }
    post { $0.requests.append(.removeTimeout(id)) }
    return true
  }
}
