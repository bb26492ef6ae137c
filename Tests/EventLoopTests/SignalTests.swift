// SPDX-License-Identifier: Apache-2.0
// Signals through the loop. Each in a process of its own, since the mask of a thread of this one would stay changed.

import Glibc
import Testing

@testable import EventLoop

/// Sends signals to this thread and reads them through a loop, which happens in one thread since nothing here suspends.
private func receive(_ sent: [CInt], of set: [CInt]) throws -> [SignalInfo] {
  let loop = try EventLoop()
  let seen = Box<[SignalInfo]>([])
  let id = try loop.addSignals(set) { info in seen.change { $0.append(info) } }
  for signal in sent {
    guard pthread_kill(pthread_self(), signal) == 0 else { return [] }
  }
  _ = loop.turnsUntilQuiet()
  guard loop.removeSignals(id), !loop.removeSignals(id) else { return [] }
  _ = loop.turnsUntilQuiet()
  return seen.current
}

/// How often a callback runs that removes its own set, with a second signal pending.
private func receiveUntilRemoved() throws -> Int {
  let loop = try EventLoop()
  let count = Box(0)
  let id = Box<SignalSetID?>(nil)
  let set = try loop.addSignals([SIGUSR1, SIGUSR2]) { _ in
    count.change { $0 += 1 }
    if let set = id.current { loop.removeSignals(set) }
  }
  id.change { $0 = set }
  pthread_kill(pthread_self(), SIGUSR1)
  pthread_kill(pthread_self(), SIGUSR2)
  _ = loop.turnsUntilQuiet()
  return count.current
}

@Suite struct SignalTests {
  @Test func `a signal arrives with its sender`() async {
    await #expect(processExitsWith: .success) {
      let seen = try receive([SIGTERM], of: [SIGUSR1, SIGTERM])
      guard seen.map(\.signal) == [SIGTERM], seen.map(\.senderPID) == [getpid()], seen.map(\.senderUID) == [getuid()]
      else { exit(1) }
    }
  }

  @Test func `different signals all arrive, and the kernel merges those that are alike`() async {
    await #expect(processExitsWith: .success) {
      let seen = try receive([SIGUSR1, SIGHUP, SIGUSR1, SIGTERM], of: [SIGUSR1, SIGTERM, SIGHUP])
      guard seen.map(\.signal).sorted() == [SIGHUP, SIGUSR1, SIGTERM].sorted() else { exit(1) }
    }
  }

  @Test func `a callback that removes its set is not called again`() async {
    await #expect(processExitsWith: .success) {
      guard try receiveUntilRemoved() == 1 else { exit(1) }
    }
  }

  @Test func `a signal that does not exist is refused`() throws {
    let loop = try EventLoop()
    #expect(throws: LoopError.self) { try loop.addSignals([SIGUSR1, 1000]) { _ in } }
    #expect(throws: LoopError.self) { try EventLoop.blockSignals([-1]) }
  }
}
