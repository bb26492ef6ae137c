// SPDX-License-Identifier: Apache-2.0
// EventLoop: the executor of the actors that live on it.

/// An actor that lives on an event loop: its code runs in the loop's thread, as jobs.
///
/// A callback of the loop enters it synchronously with `assumeIsolated`.
public protocol LoopActor: Actor {
  /// The loop that the actor lives on, the same for all its life.
  nonisolated var loop: EventLoop { get }
}

extension LoopActor {
  /// Enters the actor at once, for a caller that is on its loop: a callback of the loop, or another actor that lives there.
  ///
  /// It does what `assumeIsolated` of every actor does, and stands before that one, which asks the runtime, which asks the
  /// executor: some 500 instructions, against a look at the calling thread. An event of a monitor passes twenty such doors.
  /// Traps when the caller is not on the loop.
  @available(*, noasync)
  @inlinable @inline(__always) public nonisolated func assumeIsolated<Result: Sendable>(
    _ operation: (isolated Self) throws -> Result
  ) rethrows -> Result {
    precondition(loop.isOnLoop, "this code runs on its event loop only")
    // As the standard library does it: to be isolated changes nothing about how a synchronous function is called. Inside a
    // structure a function keeps its form; on its own it would be cast by way of two closures.
    return try withoutActuallyEscaping(operation) { operation in
      try unsafe unsafeBitCast(IsolatedOperation(body: operation), to: Operation<Self, Result>.self).body(self)
    }
  }

  /// The loop, as the executor that the runtime asks for.
  public nonisolated var unownedExecutor: UnownedSerialExecutor {
    unsafe loop.asUnownedSerialExecutor()
  }
}

/// What is to be done in an actor, for `assumeIsolated`.
@usableFromInline struct IsolatedOperation<Target: Actor, Result> {
  @usableFromInline let body: (isolated Target) throws -> Result

  @inlinable init(body: @escaping (isolated Target) throws -> Result) { self.body = body }
}

/// The same, for a caller who knows to be there.
@usableFromInline struct Operation<Target: Actor, Result> {
  @usableFromInline let body: (Target) throws -> Result
}

extension EventLoop: SerialExecutor {
  /// Takes a job of an actor; it runs in the jobs phase, like one that was submitted.
  public func enqueue(_ job: consuming ExecutorJob) {
    submit(.task(UnownedJob(job)))
  }

  /// Whether the caller is on the loop, and so isolated to every actor that lives on it.
  public func isIsolatingCurrentContext() -> Bool? { isOnLoop }

  /// Traps when the caller is not on the loop.
  public func checkIsolated() {
    precondition(isOnLoop, "this code runs on its event loop only")
  }

  func run(_ job: UnownedJob) {
    unsafe job.runSynchronously(on: asUnownedSerialExecutor())
  }
}

/// The loop as the preference of a task (`Task(executorPreference:)`): its steps that belong to no actor run on the loop, too.
///
/// A continuation resumes its task on no actor first, which without a preference costs a thread of the global pool and two
/// switches between threads for each wait.
extension EventLoop: TaskExecutor {}
