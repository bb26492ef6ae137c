// SPDX-License-Identifier: Apache-2.0
// Signals through the loop.

import EventLoop
import Glibc
import Testing

/// Sends SIGTERM to this thread and reads it through a loop, which happens in one thread since nothing here suspends.
private func receiveOwnSignal() throws -> [SignalInfo] {
  let loop = try EventLoop()
  let seen = Box<[SignalInfo]>([])
  let set = try loop.addSignals([SIGUSR1, SIGTERM]) { info in seen.change { $0.append(info) } }
  guard pthread_kill(pthread_self(), SIGTERM) == 0 else { return [] }
  loop.runOnce()
  guard loop.removeSignals(set), !loop.removeSignals(set) else { return [] }
  return seen.current
}

@Suite struct SignalTests {
  @Test func `a signal arrives with its sender`() async {
    // In a process of its own, since the mask of a thread of this one would stay changed.
    await #expect(processExitsWith: .success) {
      let seen = try receiveOwnSignal()
      guard seen.map(\.signal) == [SIGTERM], seen.map(\.senderPID) == [getpid()], seen.map(\.senderUID) == [getuid()]
      else { exit(1) }
    }
  }
}
