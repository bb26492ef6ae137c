// SPDX-License-Identifier: Apache-2.0
// HandleCalls and TimerCalls: the closures of one registration.

/// The closures of a handle.
struct HandleCalls: ~Copyable {
  let callback: EventLoop.HandleCallback
  let free: EventLoop.FreeCallback?
}

/// The closures of a timer.
struct TimerCalls: ~Copyable {
  let callback: EventLoop.TimerCallback
  let free: EventLoop.FreeCallback?
}
