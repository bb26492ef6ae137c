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
  }

  private func leave() {
    owner.store(0, ordering: .releasing)
  }

  private func turn() {
    core.turn &+= 1
    counters.countTurn()
    settleInbox()
    core.settleHandles()
    let count = wait()
    settleInbox()
    if core.timers.hasTimers { fireTimers() }
    if core.handles.hasRefused { reportRefused() }
    for place in 0..<count { dispatch(place) }
    if count > 0 { core.epoll.grow(after: count) }
    settleInbox()
    if !core.jobs.isEmpty { runJobs() }
    reap()
  }

  /// Waits until something is ready, a timer is due, or there is anything else to do; returns how many are ready.
  private func wait() -> Int {
    while true {
      var milliseconds = core.hasWork ? 0 : timeToDeadline()
      if milliseconds != 0 {
        // Whoever posts sees this flag, or its post is seen here: both sides write before they read.
        isWaiting.store(true, ordering: .sequentiallyConsistent)
        if hasMail.load(ordering: .sequentiallyConsistent) || isStopping.load(ordering: .sequentiallyConsistent) {
          milliseconds = 0
        }
      }
      let count = core.epoll.wait(milliseconds: milliseconds)
      isWaiting.store(false, ordering: .relaxed)
      if let count { return count }
      // A signal interrupted the wait. The deadline is absolute, so however many come, no timer is put off.
    }
  }

  /// The milliseconds until the next timer is due, rounded up, -1 when there is none.
  private func timeToDeadline() -> CInt {
    guard let deadline = core.timers.nextDeadline else { return -1 }
    let left = deadline - MonotonicClock.now()
    guard left > 0 else { return 0 }
    let milliseconds = left / 1_000_000 + (left % 1_000_000 == 0 ? 0 : 1)
    return CInt(clamping: milliseconds)
  }

  private func fireTimers() {
    let limit = core.timers.everyTurnLimit
    let now = MonotonicClock.now()
    while let timer = core.timers.takeExpired(now: now) {
      measured { timer.callback(timer.id) }
    }
    for place in 0..<limit {
      guard let timer = core.timers.timerOfEveryTurn(place) else { continue }
      measured { timer.callback(timer.id) }
    }
    core.timers.sweepEveryTurn()
  }

  private func dispatch(_ place: Int) {
    let (token, events) = core.epoll.ready(place)
    var index = Int(core.handles.head(token))
    guard index != 0 else { return dispatchUnknown(token) }
    while index != 0 {
      call(index, events: events)
      index = Int(core.handles.slots[index].next)
    }
  }

  private func call(_ index: Int, events: HandleEvents) {
    let slot = core.handles.slots[index]
    let events = events.intersection(slot.deliverable)
    guard !events.isEmpty, let callback = slot.callback else { return }
    let id = HandleID(rawValue: UInt64(slot.generation) << 32 | UInt64(index))
    measured { callback(id, slot.descriptor, events) }
  }

  private func dispatchUnknown(_ token: UInt64) {
    if token == LoopCore.wakeUpToken {
      counters.countWakeUp()
      wakeUp.drain()
    } else if core.handles.isGhost(token, turn: core.turn) {
      core.exorcise()
    }
  }

  private func reportRefused() {
    for index in core.handles.takeRefused() { call(Int(index), events: .error) }
  }

  private func runJobs() {
    swap(&core.jobs, &core.runningJobs)
    for job in core.runningJobs {
      switch job {
      case .work(let work): measured(work)
      case .task(let task): measured { run(task) }
      }
    }
    core.runningJobs.removeAll(keepingCapacity: true)
  }

  /// Lets go of what was removed; what the callbacks here remove waits for the next turn.
  func reap() {
    let dead = core.takeDead()
    if !dead.timers.isEmpty {
      let released = dead.timers.map { core.timers.release(slot: $0) }
      inbox.withLock { inbox in
        for slot in dead.timers { inbox.timerIDs.release(slot: slot) }
      }
      for timer in released { timer.free?() }
    }
    if !dead.handles.isEmpty {
      let released = dead.handles.map { core.handles.release(slot: $0) }
      inbox.withLock { inbox in
        for slot in dead.handles { inbox.handleIDs.release(slot: slot) }
      }
      for handle in released { handle.free?() }
    }
  }

  // MARK: The inbox

  /// Carries out what other threads asked for, if there may be something.
  func settleInbox() {
    if hasMail.load(ordering: .acquiring) { deliver() }
  }

  func deliver() {
    let (requests, jobs) = inbox.withLock { inbox in
      hasMail.store(false, ordering: .relaxed)
      defer {
        inbox.requests = []
        inbox.jobs = []
      }
      return (inbox.requests, inbox.jobs)
    }
    for request in requests { core.apply(request) }
    core.jobs.append(contentsOf: jobs)
  }

  private func measured(_ body: () -> Void) {
    counters.countCallback()
    body()
  }
}
