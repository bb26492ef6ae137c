// SPDX-License-Identifier: Apache-2.0
// EventLoop: handles, timers and jobs of one thread.
//
// The contract is that of libvirt's event loop, with its defects mended.
//
// Who may call what. Every function may be called from every thread and inside every callback. On the loop's own thread
// (the one that is inside `run` or `runOnce`) a call takes effect at once. From elsewhere it becomes a request: the token is
// valid at once, the request waits in the inbox, a wake-up descriptor interrupts the loop, and the loop carries it out
// before anything that its own thread asks for later, so that requests which are ordered between threads stay ordered.
//
// One turn. Requests are carried out; the kernel is told what changed; the loop waits until something is ready, a timer is
// due, or somebody wakes it. Then, in this order: expired timers by deadline, timers of every turn, ready handles, jobs,
// frees. What is added during a turn waits for the next one: a timer that a timer's callback adds, a handle whose
// descriptor already has data, a job that a job submits.
//
// Removal. A removed handle or timer is only marked: it is not called any more (each is looked at again right before its
// call), and its closures are let go at the end of the turn, on the loop, with no callback on the stack and no lock held.
// The `free` callback runs then, exactly once. That is what makes a dispatch without a reference count sound, and what lets
// a callback remove itself, or a neighbour whose readiness is already known. When another thread removes, the callback
// may be running, or about to run; only `free` says that it is over. What is still registered when the loop itself goes
// away is let go without its `free` callback.
//
// Descriptors. A handle is a token, not a descriptor, and several handles may share one. The kernel gets the union of their
// interests, each handle hears only its own, and errors and hang-ups, which arrive unasked. An empty interest takes the
// handle out of the kernel's list altogether, since the kernel would report hang-ups for ever otherwise. If two handles read
// one descriptor both are called, and the second may find nothing left. The descriptor belongs to the caller, who may close
// it as soon as `removeHandle` has returned. Readiness that was reported for a descriptor before it was removed never
// reaches a handle that was added later: each registration has a generation of its own, which the kernel hands back.
//
// Cost. The kernel's list of ready descriptors says what to do; nothing is ever searched. Dispatch takes no lock,
// allocates nothing and reads no clock for an event.
//
// State. `core` belongs to the thread that runs the loop, and `owner` says which that is. All that is shared between threads
// is in the inbox, which has a lock, and in a few atomic words.

import Synchronization

/// A poll loop in one thread: callbacks for descriptors, timers and jobs, and an executor for actors.
///
/// Ownership: whoever made the loop keeps it; callbacks that capture something which keeps the loop make a cycle that ends
/// with their removal.
/// Threading: every function may be called from every thread. Callbacks run in the thread that is inside `run` or `runOnce`.
/// Reentrancy: every function but those two may be called inside every callback.
public final class EventLoop: Sendable {
  /// What a handle calls: its token, its descriptor, and what happened.
  public typealias HandleCallback = @Sendable (_ id: HandleID, _ descriptor: CInt, _ events: HandleEvents) -> Void
  /// What a timer calls.
  public typealias TimerCallback = @Sendable (_ id: TimerID) -> Void
  /// What is called once when a handle or a timer is gone for good.
  public typealias FreeCallback = @Sendable () -> Void

  // Only the thread whose name is in `owner` touches it, and threads hand `owner` over with release and acquire. The
  // compiler cannot see that, and a lock on the dispatch path is what this loop exists to avoid.
  private nonisolated(unsafe) let confined: Confined<LoopState>
  private let inbox = Mutex(Inbox())
  private let inboxHandover = Atomic<Bool>(false)
  let wakeUp: WakeUp
  /// The thread that runs the loop, 0 when none does.
  let owner = Atomic<UInt>(0)
  // The thread that runs the loop, but 0 when there may be something in the inbox, which has to be carried out before what
  // that thread itself asks for. So one look answers both questions.
  let directOwner = Atomic<UInt>(0)
  /// Whether there may be something in the inbox.
  let hasMail = Atomic<Bool>(false)
  /// Whether the loop is waiting, or about to, and nobody has woken it yet.
  let isWaiting = Atomic<Bool>(false)
  let isStopping = Atomic<Bool>(false)
  let handleLedger = TokenLedger()
  let timerLedger = TokenLedger()
  let counters = LoopCounters()
  let turnTimer = TurnTimer()

  /// Makes a loop; it does nothing until `run` or `runOnce`.
  public init() throws(LoopError) {
    wakeUp = try WakeUp()
    unsafe confined = Confined(LoopState(epoll: try Epoll(wakeUp: wakeUp.number)))
  }

  deinit {
    // Nobody else has the loop any more. What was removed and not yet freed is freed here, the rest is only let go.
    deliver()
    reap()
    core.end()
  }

  /// Whether the caller is on the loop: in a callback, a job or an actor's code that the loop runs.
  public var isOnLoop: Bool { owner.load(ordering: .relaxed) == CurrentThread.name }

  /// Whether the caller is on the loop, and nothing from elsewhere has to be carried out first.
  @inline(__always) var isDirect: Bool { directOwner.load(ordering: .relaxed) == CurrentThread.name }

  /// Runs a job on the loop, after those that were submitted before it.
  ///
  /// It runs in the jobs phase of this turn if that has not begun yet, else in that of the next turn.
  public func submit(_ job: @escaping @Sendable () -> Void) {
    submit(.work(job))
  }

  /// Ends the `run` or `runOnce` under way when its turn is over, or the next one at once.
  public func stop() {
    isStopping.store(true, ordering: .sequentiallyConsistent)
    interrupt()
  }

  /// The loop's own state: for the thread that runs the loop only.
  var core: Confined<LoopState> { unsafe confined }

  func submit(_ job: Job) {
    if isOnLoop {
      settleInbox()
      core.state.jobs.append(job)
    } else {
      post { $0.jobs.append(job) }
    }
  }

  /// Puts something into the inbox and wakes the loop.
  func post<Result: Sendable>(_ change: (inout Inbox) -> Result) -> Result {
    let result = withInbox { inbox in
      hasMail.store(true, ordering: .sequentiallyConsistent)
      directOwner.store(0, ordering: .sequentiallyConsistent)
      return change(&inbox)
    }
    interrupt()
    return result
  }

  /// Visits the inbox, alone.
  ///
  /// A contended `Mutex` changes hands inside the kernel, where thread sanitizer does not see it; that is what the other atomic
  /// word is for.
  func withInbox<Result: Sendable>(_ body: (inout Inbox) -> Result) -> Result {
    inbox.withLock { inbox in
      _ = inboxHandover.load(ordering: .acquiring)
      defer { inboxHandover.store(true, ordering: .releasing) }
      return body(&inbox)
    }
  }

  /// Wakes the loop if it waits and nobody else did.
  private func interrupt() {
    guard isWaiting.exchange(false, ordering: .sequentiallyConsistent) else { return }
    wakeUp.signal()
  }
}
