// SPDX-License-Identifier: Apache-2.0
// Standard output, written without holding up the loop.

import EventLoop
private import Glibc
import VireoCommand

/// Standard output, written without holding up the loop.
///
/// What is written goes out at once, as far as the other end takes it; the rest waits in memory until it does. Who writes
/// much waits for `drained()`, so that a stalled terminal or pipe holds up the reading of events and not the loop, and no more
/// than a batch waits here.
///
/// Threading: lives on the loop.
actor Output: LoopActor {
  nonisolated let loop: EventLoop
  private let kind: Terminal.Kind
  private let number: CInt
  private var pending: [UInt8] = []
  private var written = 0
  private var handle: HandleID?
  private var waiters: [CheckedContinuation<Void, Never>] = []
  private var closedHandlers: [@Sendable () -> Void] = []
  private var failure: CInt = 0

  init(loop: EventLoop, descriptor standard: CInt = STDOUT_FILENO) {
    self.loop = loop
    kind = Terminal.kind(of: standard)
    // Opened again, a terminal or a pipe need not block; where that is refused it blocks, which is slow but right.
    let own = kind == .terminal || kind == .pipe ? Terminal.nonblocking(standard) : nil
    number = own ?? standard
  }

  /// Writes text.
  func write(_ text: String) {
    guard failure == 0 else { return }
    pending.append(contentsOf: text.utf8)
    if handle == nil { push() }
  }

  /// Whether everything is written.
  var isIdle: Bool { handle == nil }

  /// Whether the other end has taken everything.
  var isWritten: Bool { isIdle && failure == 0 }

  /// Writes text and waits for it, for the last words of a process; gives up where the other end stands still.
  func writeAtOnce(_ text: String) {
    pending.append(contentsOf: text.utf8)
    push()
  }

  /// Waits until everything is written, or cannot be any more.
  func drained() async throws(OutputError) {
    if handle != nil { await withCheckedContinuation { waiters.append($0) } }
    if failure != 0 { throw OutputError(number: failure) }
  }

  /// The signal that ends a program whose reader has gone: that of a pipe, or of a terminal that hung up.
  nonisolated var closingSignal: CInt { kind == .terminal ? SIGHUP : SIGPIPE }

  /// Calls back when the reader has gone: a pipe whose other end is closed, a terminal that hung up.
  func onClosed(_ handler: @escaping @Sendable () -> Void) {
    closedHandlers.append(handler)
    guard kind == .pipe || kind == .socket || kind == .terminal else { return }
    // Errors and hang-ups come unasked, but only to a handle that asks for something.
    loop.addHandle(number, events: .error) { id, _, events in
      guard !events.isDisjoint(with: [.error, .hangup]) else { return }
      self.loop.removeHandle(id)
      self.assumeIsolated { $0.fail(EPIPE) }
    }
  }

  private func push() {
    while written < pending.count {
      let count = Terminal.write(pending[written...], to: number, isSocket: kind == .socket)
      if count > 0 {
        written += count
      } else if count == -Int(EAGAIN) {
        waitForRoom()
        return
      } else if count != -Int(EINTR) {
        fail(CInt(-count))
        return
      }
    }
    pending.removeAll(keepingCapacity: pending.capacity < 1 << 20)
    written = 0
    if let handle { loop.removeHandle(handle) }
    handle = nil
    wake()
  }

  private func waitForRoom() {
    guard handle == nil else { return }
    handle = loop.addHandle(number, events: .writable) { _, _, _ in self.assumeIsolated { $0.push() } }
  }

  private func fail(_ error: CInt) {
    guard failure == 0 else { return }
    failure = error
    pending = []
    written = 0
    if let handle { loop.removeHandle(handle) }
    handle = nil
    wake()
    for handler in closedHandlers { handler() }
  }

  private func wake() {
    let waiting = waiters
    waiters = []
    for waiter in waiting { waiter.resume() }
  }
}

/// Standard output cannot be written.
struct OutputError: Error, CustomStringConvertible {
  let number: CInt

  /// Whether the reader simply left, as `head` does: nothing to complain about.
  var isReaderGone: Bool { number == EPIPE || number == EIO }

  var description: String { "standard output: " + (unsafe String(cString: strerror(number))) }
}
