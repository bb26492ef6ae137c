// SPDX-License-Identifier: Apache-2.0
// LoopState: what only the loop's thread touches.

/// The state of a loop that belongs to the thread which runs it.
struct LoopState: ~Copyable {
  /// How many jobs or requests a list keeps room for after a burst.
  static let largestKeptRoom = 4096

  var epoll: Epoll
  var handles = HandleTable()
  var timers = TimerQueue()
  /// The jobs of the next jobs phase.
  var jobs: [Job] = []
  /// The jobs of the one under way.
  private(set) var runningJobs: [Job] = []
  var handleTokens = TokenSupply()
  var timerTokens = TokenSupply()
  private(set) var turn: UInt32 = 0

  private var requests: [Request] = []
  private var mailedJobs: [Job] = []
  /// The tokens of what was removed and not let go yet.
  var deadTimers = FlatBuffer<UInt64>()
  var deadHandles = FlatBuffer<UInt64>()

  init(epoll: consuming Epoll) {
    self.epoll = epoll
  }

  // The three questions of each turn add up what there is, since one test of a sum is cheaper than a test of each.

  /// Whether there is something to do without waiting for anything.
  @inline(__always) var hasWork: Bool { jobs.count | handles.refused.count | timers.everyTurnCount | deadCount != 0 }

  /// Whether a timer has to be looked at, or a handle told that its descriptor was refused.
  @inline(__always) var hasTimersOrRefused: Bool {
    timers.armedCount | timers.everyTurnCount | handles.refused.count != 0
  }

  /// Whether there are jobs, or something removed that has not been let go.
  @inline(__always) var hasJobsOrDead: Bool { jobs.count | deadCount != 0 }

  @inline(__always) private var deadCount: Int { deadHandles.count | deadTimers.count }

  /// Begins a turn: the kernel is told what changed since the last one.
  @inline(__always) mutating func beginTurn() {
    turn &+= 1
    if handles.changeCount != 0 { handles.settle(turn: turn, in: epoll) }
  }

  // MARK: Requests

  @inline(__always) mutating func removeHandle(_ id: HandleID) {
    handles.remove(id, turn: turn, in: epoll)
    deadHandles.append(id.rawValue)
  }

  mutating func removeTimeout(_ id: TimerID) {
    timers.remove(id)
    deadTimers.append(id.rawValue)
  }

  /// Takes what other threads asked for, and leaves empty lists that have room.
  mutating func exchange(with inbox: inout Inbox) {
    swap(&requests, &inbox.requests)
    swap(&mailedJobs, &inbox.jobs)
  }

  /// Carries out what `exchange` took.
  mutating func carryOut() {
    for request in requests { carryOut(request) }
    requests.removeAll(keepingCapacity: requests.count <= Self.largestKeptRoom)
    jobs.append(contentsOf: mailedJobs)
    mailedJobs.removeAll(keepingCapacity: mailedJobs.count <= Self.largestKeptRoom)
  }

  private mutating func carryOut(_ request: Request) {
    switch request {
    case .addHandle(let id, let descriptor, let events, let free, let callback):
      handles.prepare(id.slot)
      handles.insert(id, descriptor: descriptor, events: events, calls: HandleCalls(callback: callback, free: free))
    case .updateHandle(let id, let events):
      handles.update(id, events: events)
    case .removeHandle(let id):
      removeHandle(id)
    case .addTimeout(let id, let interval, let now, let free, let callback):
      timers.prepare(id.slot)
      timers.insert(id, period: interval.period, now: now, calls: TimerCalls(callback: callback, free: free))
    case .updateTimeout(let id, let interval, let now):
      let deadline = interval.period > 0 ? now &+ interval.period : TimerQueue.Slot.never
      timers.update(id, period: interval.period, deadline: deadline)
    case .removeTimeout(let id):
      removeTimeout(id)
    }
  }

  // MARK: Jobs

  /// Moves the jobs to `runningJobs`; returns how many those are.
  mutating func takeJobs() -> Int {
    swap(&jobs, &runningJobs)
    return runningJobs.count
  }

  /// Lets go of the jobs that ran.
  mutating func endJobs() {
    runningJobs.removeAll(keepingCapacity: runningJobs.count <= Self.largestKeptRoom)
  }

  // MARK: The dead

  /// Hands the closures of a removed timer over; its slot is free.
  @inline(__always) mutating func releaseTimer(_ id: TimerID) -> TimerCalls {
    if let token = TokenLedger.next(after: id.rawValue) { timerTokens.add(token) }
    return timers.release(slot: Int(id.slot))
  }

  /// Hands the closures of a removed handle over; its slot is free.
  @inline(__always) mutating func releaseHandle(_ id: HandleID) -> HandleCalls {
    if let token = TokenLedger.next(after: id.rawValue) { handleTokens.add(token) }
    return handles.release(slot: Int(id.slot))
  }
}
