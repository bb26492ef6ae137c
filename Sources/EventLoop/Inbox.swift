// SPDX-License-Identifier: Apache-2.0
// Inbox: what the threads of a loop share, under its lock.

/// A piece of work for the jobs phase.
enum Job: Sendable {
  case work(@Sendable () -> Void)
  case task(UnownedJob)
}

/// What another thread asked for.
enum Request: Sendable {
  case addHandle(
    HandleID, CInt, HandleEvents, free: EventLoop.FreeCallback?, callback: EventLoop.HandleCallback)
  case updateHandle(HandleID, HandleEvents)
  case removeHandle(HandleID)
  case addTimeout(
    TimerID, TimerInterval, now: Int64, free: EventLoop.FreeCallback?, callback: EventLoop.TimerCallback)
  case updateTimeout(TimerID, TimerInterval, now: Int64)
  case removeTimeout(TimerID)
}

/// What other threads asked for since the loop last looked, and free tokens for them.
struct Inbox: Sendable {
  var handleTokens: [UInt64] = []
  var timerTokens: [UInt64] = []
  var requests: [Request] = []
  var jobs: [Job] = []
}
