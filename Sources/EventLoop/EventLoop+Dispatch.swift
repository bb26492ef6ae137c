// SPDX-License-Identifier: Apache-2.0
// EventLoop: the phases of a turn that call back.
//
// Each callback is called between two accesses to the loop's state, never inside one: see Confined.swift.

import Synchronization

extension EventLoop {
  /// Fires the timers that are due.
  @inline(never) func fireTimers(_ now: Int64) {
    let core = core
    let limit = core.state.timers.beginFiring()
    var called = 0
    while let timer = core.state.timers.takeExpired(now: now) {
      called &+= 1
      timer.calls.use { calls in counters.measure { calls.callback(timer.id) } }
    }
    for place in 0..<limit {
      guard let timer = core.state.timers.ofEveryTurn(place) else { continue }
      called &+= 1
      timer.calls.use { calls in counters.measure { calls.callback(timer.id) } }
    }
    core.state.timers.endFiring()
    counters.countTimers(called)
  }

  /// Calls the handles that are ready.
  ///
  /// A handle is looked at right before its call, since those before it may have removed or silenced it.
  @inline(__always) func dispatch(_ count: Int, _ core: Confined<LoopState>) {
    guard !counters.isMeasuring.load(ordering: .relaxed) else { return dispatchMeasured(count) }
    var more = 0
    for place in 0..<count {
      let (token, events) = core.state.epoll.ready(place)
      let index = Int(token & 0xFFFF_FFFF)
      let slot = core.state.handles.slots[index]
      let told = events.intersection(slot.deliverable)
      // Nearly always the descriptor has one handle, and it wants what has happened.
      if slot.isAlone(token) && !told.isEmpty {
        let loan = core.state.handles.calls.lend(at: index)
        loan.use { calls in calls.callback(HandleID(token), slot.descriptor, told) }
      } else {
        more &+= dispatchChain(token, events) &- 1
      }
    }
    finishDispatch(count, called: count &+ more)
  }

  @inline(never) private func dispatchMeasured(_ count: Int) {
    var called = 0
    for place in 0..<count {
      let (token, events) = core.state.epoll.ready(place)
      called += dispatchChain(token, events)
    }
    finishDispatch(count, called: called)
  }

  @inline(__always) private func finishDispatch(_ count: Int, called: Int) {
    counters.countEvents(called)
    core.state.epoll.grow(after: count)
  }

  /// Calls the handles of one descriptor, each with what it may be told; returns how many those are.
  @inline(never) private func dispatchChain(_ token: UInt64, _ events: HandleEvents) -> Int {
    var index = Int(token & 0xFFFF_FFFF)
    var slot = core.state.handles.slots[index]
    var called = 0
    if slot.generation == UInt32(truncatingIfNeeded: token >> 32) {
      while true {
        called += call(slot, index, events) ? 1 : 0
        guard slot.next != 0 else { break }
        index = Int(slot.next)
        slot = core.state.handles.slots[index]
      }
    }
    if called == 0 { dispatchUnclaimed(token) }
    return called
  }

  /// Calls a handle if it may be told any of the events.
  private func call(_ slot: HandleTable.Slot, _ index: Int, _ events: HandleEvents) -> Bool {
    let told = events.intersection(slot.deliverable)
    guard !told.isEmpty else { return false }
    let id = HandleID(UInt64(slot.generation) << 32 | UInt64(index))
    let loan = core.state.handles.calls.lend(at: index)
    loan.use { calls in counters.measure { calls.callback(id, slot.descriptor, told) } }
    return true
  }

  /// Looks at an event that no handle wanted.
  @inline(never) private func dispatchUnclaimed(_ token: UInt64) {
    if token == Epoll.wakeUpToken {
      counters.countWakeUp()
      wakeUp.drain()
    } else if core.state.handles.isGhost(token, turn: core.state.turn) {
      exorcise()
    }
  }

  /// Gets rid of a registration that the kernel still has and we do not.
  ///
  /// Somebody closed the descriptor before it was removed, while a copy of it lives on elsewhere: by its number it cannot
  /// be taken out any more. So the kernel's list is made anew.
  private func exorcise() {
    do throws(LoopError) {
      try core.state.epoll.renew(wakeUp: wakeUp.number)
      core.state.handles.forgetKernel()
    } catch {
      // No descriptor is left. The ghost is seen again in the next turn, and tried again.
    }
  }

  /// Tells the handles whose descriptors the kernel refused.
  @inline(never) func reportRefused() {
    let core = core
    var refused: [UInt32] = []
    var called = 0
    swap(&refused, &core.state.handles.refused)
    for index in refused.lazy.map(Int.init) where call(core.state.handles.slots[index], index, .error) {
      called += 1
    }
    counters.countEvents(called)
  }

  /// Runs the jobs that are there now.
  @inline(never) func runJobs() {
    let core = core
    let count = core.state.takeJobs()
    for place in 0..<count {
      switch core.state.runningJobs[place] {
      case .work(let work): counters.measure(work)
      case .task(let task): counters.measure { run(task) }
      }
    }
    core.state.endJobs()
    counters.countJobs(count)
  }

  /// Lets go of what was removed, timers first; what is removed meanwhile waits for the next turn.
  @inline(__always) func reap() {
    if core.state.deadTimers.count > 0 { reapTimers() }
    if core.state.deadHandles.count > 0 { reapHandles() }
  }

  @inline(never) private func reapTimers() {
    let core = core
    let count = core.state.deadTimers.count
    for place in 0..<count { end(core.state.releaseTimer(TimerID(core.state.deadTimers[place]))) }
    core.state.deadTimers.removeFirst(count)
    if core.state.timerTokens.isPlentiful { shareTokens() }
  }

  @inline(never) private func reapHandles() {
    let core = core
    let count = core.state.deadHandles.count
    for place in 0..<count { end(core.state.releaseHandle(HandleID(core.state.deadHandles[place]))) }
    core.state.deadHandles.removeFirst(count)
    if core.state.handleTokens.isPlentiful { shareTokens() }
  }

  /// Leaves free tokens for other threads, so that they do not only ever take new slots.
  @inline(never) private func shareTokens() {
    let (timers, handles) = (core.state.timerTokens.surplus(), core.state.handleTokens.surplus())
    withInbox { inbox in
      inbox.timerTokens += timers
      inbox.handleTokens += handles
    }
  }

  /// Lets go of the callback, and then says so.
  @inline(__always) private func end(_ calls: consuming TimerCalls) {
    guard let free = calls.free else { return }
    _ = consume calls
    free()
  }

  @inline(__always) private func end(_ calls: consuming HandleCalls) {
    guard let free = calls.free else { return }
    _ = consume calls
    free()
  }
}
