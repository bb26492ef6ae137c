// SPDX-License-Identifier: Apache-2.0
// LoopCore: what only the loop's thread touches.

/// The state of a loop that belongs to the thread which runs it.
final class LoopCore {
  /// What the kernel hands back for the wake-up descriptor; no descriptor has this number.
  static let wakeUpToken = UInt64.max

  var epoll: Epoll
  var handles = HandleTable()
  var timers = TimerQueue()
  var jobs: [Job] = []
  var runningJobs: [Job] = []
  var turn: UInt32 = 0
  private(set) var deadHandles: [UInt32] = []
  private(set) var deadTimers: [UInt32] = []

  init(epoll: consuming Epoll) {
    self.epoll = epoll
  }

  /// Whether there is something to do without waiting for anything.
  var hasWork: Bool {
    !jobs.isEmpty || !deadHandles.isEmpty || !deadTimers.isEmpty || handles.hasRefused || timers.firesEveryTurn
  }

  func apply(_ request: Request) {
    switch request {
    case .addHandle(let id, let descriptor, let events, let free, let callback):
      handles.insert(id, descriptor: descriptor, events: events, free: free, callback: callback)
    case .updateHandle(let id, let events):
      handles.update(id, events: events)
    case .removeHandle(let id):
      removeHandle(id)
    case .addTimeout(let id, let period, let deadline, let free, let callback):
      timers.insert(id, period: period, deadline: deadline, free: free, callback: callback)
    case .updateTimeout(let id, let period, let deadline):
      timers.update(id, period: period, deadline: deadline)
    case .removeTimeout(let id):
      removeTimeout(id)
    }
  }

  func removeHandle(_ id: HandleID) {
    if let change = handles.remove(id, turn: turn) { _ = epoll.apply(change) }
    deadHandles.append(id.slot)
  }

  func removeTimeout(_ id: TimerID) {
    timers.remove(id)
    deadTimers.append(id.slot)
  }

  /// The slots of the removed timers and handles; the lists are empty afterwards.
  func takeDead() -> (timers: [UInt32], handles: [UInt32]) {
    defer {
      deadTimers.removeAll()
      deadHandles.removeAll()
    }
    return (deadTimers, deadHandles)
  }

  /// Tells the kernel what changed.
  func settleHandles() {
    handles.settle { change in epoll.apply(change) }
  }

  /// Takes a registration out that the kernel still has and we do not: somebody closed the descriptor before it was
  /// removed, while a copy of it lives on elsewhere. By its number it cannot be taken out, so the list is made anew.
  func exorcise() {
    if epoll.renew() { handles.forgetKernel() }
  }
}
