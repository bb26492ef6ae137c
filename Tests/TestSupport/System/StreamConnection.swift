// SPDX-License-Identifier: Apache-2.0
// A stream socket on the reactor.

import Synchronization

/// One connection: bytes come in, bytes go out, and neither side is ever waited for.
///
/// What cannot be written now waits in memory until the other side reads; a test that never reads sees how much.
/// Threading: every function from any thread; the handlers run on the reactor's thread.
final class StreamConnection: Sendable {
  typealias BytesHandler = @Sendable (StreamConnection, [UInt8]) -> Void
  typealias EndHandler = @Sendable (StreamConnection) -> Void

  private struct State {
    var token: Reactor.Token?
    var outgoing: [UInt8] = []
    var written = 0
    var isReading = true
    var closesWhenWritten = false
    var isEnded = false
  }

  /// Says each time that all that was sent has been taken by the kernel.
  let drained = Recorder<Void>()

  private let descriptor: Descriptor
  private let state = Mutex(State())
  private let onBytes: BytesHandler
  private let onEnd: EndHandler

  /// Takes the descriptor over; nothing is read before ``start()``.
  init(_ descriptor: Descriptor, onBytes: @escaping BytesHandler, onEnd: @escaping EndHandler) {
    self.descriptor = descriptor
    self.onBytes = onBytes
    self.onEnd = onEnd
  }

  /// Begins to read.
  func start() throws {
    let token = try Reactor.shared.watch(descriptor, for: .readable) { [self] readiness in handle(readiness) }
    state.withLock { state in
      state.token = token
      // Something may have been sent, or the end said, before the watch was there.
      if state.isEnded { Reactor.shared.unwatch(token) }
    }
    flush()
  }

  /// Bytes that the other side has not taken yet.
  var pending: Int { state.withLock { $0.outgoing.count - $0.written } }

  /// Sends bytes as they are.
  func send(_ bytes: some Collection<UInt8>) {
    state.withLock { state in
      guard !state.isEnded else { return }
      state.outgoing += bytes
    }
    flush()
  }

  /// Sends a line.
  func send(line: String) { send(Array((line + "\r\n").utf8)) }

  /// Stops or goes on reading: what the other side sends then stays in the kernel, and later in the other side.
  func setReading(_ isReading: Bool) {
    state.withLock { $0.isReading = isReading }
    updateInterest()
  }

  /// Closes, at once or when all is written.
  func close(afterWriting: Bool = false) {
    let wait = state.withLock { state in
      state.closesWhenWritten = true
      return afterWriting && state.written < state.outgoing.count
    }
    if !wait { end() }
  }

  private func handle(_ readiness: Readiness) {
    if readiness.contains(.writable) { flush() }
    guard !readiness.isDisjoint(with: [.readable, .hangup, .error]) else { return }
    guard state.withLock({ $0.isReading }) else {
      if !readiness.isDisjoint(with: [.hangup, .error]) { end() }
      return
    }
    // A bounded number of reads, so that one busy connection does not starve thousands of others.
    for _ in 0..<16 {
      // Under the lock, so that nothing is read any more once `setReading(false)` has returned.
      switch state.withLock({ $0.isReading && !$0.isEnded ? descriptor.read() : .wouldBlock }) {
      case .bytes(let bytes): onBytes(self, bytes)
      case .wouldBlock: return
      case .end, .failed: return end()
      }
    }
  }

  private func flush() {
    let outcome = state.withLock { state -> (isEmptied: Bool, isBroken: Bool, closes: Bool) in
      guard !state.isEnded, state.token != nil, !state.outgoing.isEmpty else { return (false, false, false) }
      while state.written < state.outgoing.count {
        switch descriptor.write(state.outgoing[state.written...]) {
        case .wrote(let count): state.written += count
        case .wouldBlock: return (false, false, false)
        case .failed: return (false, true, false)
        }
      }
      state.outgoing = []
      state.written = 0
      return (true, false, state.closesWhenWritten)
    }
    if outcome.isBroken || outcome.closes { return end() }
    if outcome.isEmptied { drained.append(()) }
    updateInterest()
  }

  private func updateInterest() {
    // Under the lock, so that two changes reach the kernel in the order in which they were made.
    state.withLock { state in
      guard let token = state.token, !state.isEnded else { return }
      var interest: Readiness = state.isReading ? .readable : []
      if state.written < state.outgoing.count { interest.insert(.writable) }
      Reactor.shared.update(token, for: interest)
    }
  }

  private func end() {
    let token = state.withLock { state -> Reactor.Token?? in
      guard !state.isEnded else { return nil }
      state.isEnded = true
      state.outgoing = []
      state.written = 0
      return .some(state.token)
    }
    guard let token else { return }
    if let token { Reactor.shared.unwatch(token) }
    descriptor.close()
    drained.finish()
    onEnd(self)
  }
}
