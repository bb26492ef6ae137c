// SPDX-License-Identifier: Apache-2.0
// BusConnection: from libdbus's queue to whoever waits, with a budget.

import DBusTypes
import EventLoop

extension BusConnection {
  /// Brings the loop in line with libdbus after a call of it: handles, timers, and the pump if there is work for it.
  func settle() {
    guard let link else { return }
    link.watches.isReadingPaused = gauge.isPaused
    link.settle()
    if link.arrivals.count > 0 || (link.needsDispatch && mayDispatch) { schedulePump() }
  }

  private var mayDispatch: Bool { !gauge.isPaused && memoryTimer == nil }

  /// A watch has something to do: bytes move, and what they make up is handed out, unless a job is about to do that.
  func watchReady(_ token: DBusWatchCallback.Token, _ events: HandleEvents, generation: UInt64) {
    guard generation == self.generation, let link else { return }
    if !link.watches.handle(token, events) { backOffForMemory() }
    // Reading leaves what waits to go out as it was.
    if events != .readable { noteOutgoing() }
    guard link.needsDispatch, mayDispatch, !isPumpScheduled else { return settle() }
    pump(link, in: .handles)
  }

  func timeoutFired(_ token: DBusTimeoutCallback.Token, generation: UInt64) {
    guard generation == self.generation, let link else { return }
    link.timeouts.handle(token)
    settle()
  }

  /// Takes note of what waits to go out now.
  func noteOutgoing() {
    guard let link else { return }
    let bytes = link.outgoingBytes
    if gauge.note(outgoing: bytes) {
      loop.submit { [self] in assumeIsolated { $0.drained() } }
    }
    if bytes == 0, graceTimer != nil {
      loop.submit { [self] in assumeIsolated { if $0.graceTimer != nil { $0.stop() } } }
    }
  }

  private func drained() {
    guard link != nil else { return }
    announceWithheld()
    if !changes.isEmpty { flushChanges() }
    for handler in drainHandlers { handler() }
  }

  private func schedulePump() {
    guard !isPumpScheduled else { return }
    isPumpScheduled = true
    loop.submit { [self] in
      assumeIsolated { connection in
        connection.isPumpScheduled = false
        if let link = connection.link { connection.pump(link, in: .jobs) }
      }
    }
  }

  /// Dispatches and hands out until nothing is left, or the budget is spent; then a job of the next turn goes on.
  private func pump(_ link: DBusLink, in phase: DispatchBudget.Phase) {
    handOut(link)
    let allowed = budget.left(in: phase)
    var left = allowed
    while left > 0, self.link === link, mayDispatch {
      left -= 1
      let status = link.dispatch()
      // What libdbus keeps for itself it may have answered.
      if link.arrivals.count > 0 { handOut(link) } else { noteOutgoing() }
      if status == .needsMemory { backOffForMemory() }
      guard status == .dataRemains else { break }
    }
    budget.note(allowed - left, in: phase)
    settle()
  }

  /// Hands out what arrived; stops as soon as a handler has ended the connection.
  private func handOut(_ link: DBusLink) {
    for _ in 0..<link.arrivals.count {
      guard self.link === link, let arrival = link.arrivals.takeFirst() else { return }
      switch arrival {
      case .message(let message):
        counts.received += 1
        handOut(message)
      case .reply(let serial, let result):
        counts.received += 1
        finish(serial, result)
      case .refused: counts.refused += 1
      case .disconnected: lose(.connectionLost)
      }
    }
  }

  private func handOut(_ received: ReceivedMessage) {
    switch received.header.kind {
    case .methodCall: serve(received)
    case .signal:
      do throws(WireError) {
        handOut(signal: try received.decoded(limits: options.limits.incoming))
      } catch {
        counts.refused += 1
      }
    case .error: refused(received)
    // An answer that nobody waits for (any more).
    case .methodReturn: break
    }
  }

  /// libdbus has no memory: nothing is asked of it for a while.
  private func backOffForMemory() {
    guard memoryTimer == nil, let link else { return }
    counts.memoryWaits += 1
    link.watches.isSuspended = true
    memoryTimer = loop.addTimeout(.every(options.memoryRetry)) { [self] timer in
      loop.removeTimeout(timer)
      assumeIsolated { connection in
        connection.memoryTimer = nil
        connection.link?.watches.isSuspended = false
        connection.settle()
      }
    }
  }
}
