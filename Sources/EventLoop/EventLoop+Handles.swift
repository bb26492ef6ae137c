// SPDX-License-Identifier: Apache-2.0
// EventLoop: handles.

import Synchronization

extension EventLoop {
  /// Registers a callback for a descriptor.
  ///
  /// A descriptor that the kernel refuses to watch (it is not open, or it is a regular file) is no error of this call: the
  /// callback is told `.error`, once for each registration or change of interest.
  ///
  /// Ownership: the descriptor is not taken over; the caller closes it, after `removeHandle`.
  /// Reentrancy: inside a callback the handle waits for the next turn, even if its descriptor is ready.
  ///
  /// - Parameters:
  ///   - descriptor: An open, pollable descriptor. It should not block.
  ///   - events: What to wait for; empty registers a handle that hears nothing until it is updated.
  ///   - free: Called once on the loop after the handle was removed, when the callback will never run again.
  ///   - callback: Called on the loop with what happened.
  /// - Returns: The handle's token, valid at once in every thread.
  @discardableResult public func addHandle(
    _ descriptor: CInt, events: HandleEvents, free: consuming FreeCallback? = nil,
    callback: consuming @escaping HandleCallback
  ) -> HandleID {
    let calls = HandleCalls(callback: callback, free: free)
    guard isDirect else { return addHandleIndirectly(descriptor, events, calls) }
    let core = core
    if core.state.handleTokens.isEmpty { refillHandleTokens() }
    let id = HandleID(core.state.handleTokens.take())
    handleLedger.begin(id.rawValue)
    core.state.handles.insert(id, descriptor: descriptor, events: events, calls: calls)
    return id
  }

  /// Changes what a handle waits for; does nothing if there is no such handle.
  ///
  /// An empty set silences the handle, errors and hang-ups included, until it is updated again.
  public func updateHandle(_ id: HandleID, events: HandleEvents) {
    guard isDirect else { return updateHandleIndirectly(id, events) }
    core.state.handles.update(id, events: events)
  }

  /// Ends a handle; false if there is no such handle (any more).
  ///
  /// Ownership: the caller may close the descriptor when this returns.
  /// Threading: called on the loop, the callback does not run again. Called elsewhere, it may be running or about to run;
  /// the `free` callback tells when it is over.
  @discardableResult public func removeHandle(_ id: HandleID) -> Bool {
    guard isDirect else { return removeHandleIndirectly(id) }
    guard handleLedger.retire(id.rawValue) else { return false }
    core.state.removeHandle(id)
    return true
  }

  @inline(never) private func refillHandleTokens() {
    let slots = handleLedger.takeSlots(TokenSupply.batch)
    core.state.handles.prepare(slots.upperBound - 1)
    core.state.handleTokens.add(slots)
  }

  // MARK: From another thread, or with something in the inbox

  @inline(never) private func addHandleIndirectly(
    _ descriptor: CInt, _ events: HandleEvents, _ calls: consuming HandleCalls
  ) -> HandleID {
    let (callback, free) = (calls.callback, calls.free)
    if isOnLoop {
      deliver()
      return addHandle(descriptor, events: events, free: free, callback: callback)
    }
    return post { inbox in
      let id = HandleID(inbox.handleTokens.popLast() ?? UInt64(handleLedger.takeSlots(1).lowerBound))
      handleLedger.begin(id.rawValue)
      inbox.requests.append(.addHandle(id, descriptor, events, free: free, callback: callback))
      return id
    }
  }

  @inline(never) private func updateHandleIndirectly(_ id: HandleID, _ events: HandleEvents) {
    guard isOnLoop else { return post { $0.requests.append(.updateHandle(id, events)) } }
    deliver()
    updateHandle(id, events: events)
  }

  @inline(never) private func removeHandleIndirectly(_ id: HandleID) -> Bool {
    if isOnLoop {
      deliver()
      return removeHandle(id)
    }
    guard handleLedger.retire(id.rawValue) else { return false }
    post { $0.requests.append(.removeHandle(id)) }
    return true
  }
}
