// SPDX-License-Identifier: Apache-2.0
// EventLoop: one turn, and the loop of turns.

import Synchronization

extension EventLoop {
  /// Runs turns until `stop`, in the calling thread, which is the loop's meanwhile.
  ///
  /// The turn in which `stop` comes is carried to its end. Only one thread may run the loop at a time, and not from inside
  /// one of its callbacks.
  @available(*, noasync) public func run() {
    enter()
    while !isStopping.exchange(false, ordering: .sequentiallyConsistent) { turn() }
    leave()
  }

  /// Runs one turn in the calling thread, which is the loop's meanwhile: waits until there is something to do, and does it.
  ///
  /// Only one thread may run the loop at a time, and not from inside one of its callbacks. A turn in which nothing of the
  /// caller's ran is possible: another thread changed something, or called `stop`.
  @available(*, noasync) public func runOnce() {
    enter()
    turn()
    isStopping.store(false, ordering: .relaxed)
    leave()
  }

  private func enter() {
    let (isFree, _) = owner.compareExchange(expected: 0, desired: CurrentThread.name, ordering: .acquiring)
    precondition(isFree, "a loop is run by one thread at a time, and not from inside its own callbacks")
    // Whoever posts sets `hasMail` first and `directOwner` then; here it is the other way round, so that one of us sees the other.
    directOwner.store(CurrentThread.name, ordering: .sequentiallyConsistent)
    if hasMail.load(ordering: .sequentiallyConsistent) { directOwner.store(0, ordering: .relaxed) }
  }

  private func leave() {
    directOwner.store(0, ordering: .relaxed)
    owner.store(0, ordering: .releasing)
  }

  @inline(__always) private func turn() {
    let core = core
    counters.countTurn()
    settleInbox()
    core.state.beginTurn()
    let count = wait(core)
    if turnTimer.isOn.load(ordering: .relaxed) { workTimed(count) } else { work(count, core) }
  }

  /// What a turn does after its wait.
  @inline(__always) private func work(_ count: Int, _ core: Confined<LoopState>) {
    settleInbox()
    if core.state.hasTimersOrRefused { fireTimersAndRefused() }
    if count > 0 { dispatch(count, core) }
    settleInbox()
    if core.state.hasJobsOrDead {
      if !core.state.jobs.isEmpty { runJobs() }
      reap()
    }
  }

  /// The same with two looks at the clock; apart, so that a turn that is not timed pays for one test only.
  @inline(never) private func workTimed(_ count: Int) {
    let begin = MonotonicClock.now()
    work(count, core)
    turnTimer.noteTurn(nanoseconds: MonotonicClock.now() &- begin)
  }

  @inline(never) private func fireTimersAndRefused() {
    let now = core.state.timers.armedCount > 0 ? MonotonicClock.now() : 0
    if core.state.timers.mayBeDue(now: now) {
      if turnTimer.isOn.load(ordering: .relaxed), let deadline = core.state.timers.nextDeadline(), deadline <= now {
        turnTimer.noteDelay(nanoseconds: now &- deadline)
      }
      fireTimers(now)
    }
    if !core.state.handles.refused.isEmpty { reportRefused() }
  }

  /// Waits until something is ready, a timer is due, or there is anything else to do; returns how many are ready.
  @inline(__always) private func wait(_ core: Confined<LoopState>) -> Int {
    while true {
      var milliseconds = core.state.hasWork ? 0 : core.state.timers.armedCount == 0 ? -1 : timeToDeadline()
      if milliseconds != 0 {
        // Whoever posts sees this flag, or its post is seen here: both sides write before they read.
        isWaiting.store(true, ordering: .sequentiallyConsistent)
        if directOwner.load(ordering: .sequentiallyConsistent) == 0
          || isStopping.load(ordering: .sequentiallyConsistent)
        {
          milliseconds = 0
        }
      }
      let count = core.state.epoll.wait(milliseconds: milliseconds)
      isWaiting.store(false, ordering: .relaxed)
      if count > 0 || count == 0 && isOver(milliseconds) { return count }
      // A signal interrupted the wait, or no timer is due after all. The deadline is absolute, so that no timer is put off,
      // however many signals come.
    }
  }

  /// The milliseconds until the next timer is due, rounded up, or -1.
  @inline(never) private func timeToDeadline() -> CInt {
    guard let deadline = core.state.timers.nextDeadline() else { return -1 }
    let left = deadline - MonotonicClock.now()
    guard left > 0 else { return 0 }
    return CInt(clamping: (left - 1) / 1_000_000 + 1)
  }

  /// Whether a turn has something to do after a wait that found nothing ready.
  @inline(never) private func isOver(_ milliseconds: CInt) -> Bool {
    milliseconds == 0 || !isDirect || core.state.timers.isDue(now: MonotonicClock.now())
  }

  // MARK: The inbox

  /// Carries out what other threads asked for, if there may be something.
  @inline(__always) func settleInbox() {
    if !isDirect { deliver() }
  }

  @inline(never) func deliver() {
    withInbox { inbox in
      hasMail.store(false, ordering: .relaxed)
      directOwner.store(owner.load(ordering: .relaxed), ordering: .relaxed)
      core.state.exchange(with: &inbox)
    }
    core.state.carryOut()
  }
}
