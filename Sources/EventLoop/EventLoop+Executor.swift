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
  /// The loop, as the executor that the runtime asks for.
  public nonisolated var unownedExecutor: UnownedSerialExecutor {
    unsafe loop.asUnownedSerialExecutor()
  }
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
