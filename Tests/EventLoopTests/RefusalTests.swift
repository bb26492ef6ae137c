// SPDX-License-Identifier: Apache-2.0
// What the loop and the kernel refuse: tokens that are over, descriptors that are none.

import Glibc
import Testing

@testable import EventLoop

@Suite struct RefusalTests {
  @Test func `more 9: tokens that are over or never were are refused`() throws {
    let loop = try EventLoop()
    let pipe = Pipe()
    let called = Box(false)
    let id = loop.addHandle(pipe.reader.rawValue, events: .readable) { _, _, _ in called.set() }
    let timer = loop.addTimeout(.off) { _ in called.set() }
    let check: @Sendable () -> Void = {
      #expect(loop.removeHandle(id) && loop.removeTimeout(timer))
      #expect(!loop.removeHandle(id) && !loop.removeTimeout(timer), "twice")
      loop.updateHandle(id, events: [.readable, .writable])
      loop.updateTimeout(timer, interval: .everyTurn)
      for raw in [0, 2, 63, 64, 1 << 20, 1 << 32, 1 << 32 | 1, .max, .max - 1, 1 << 63 | 1] as [UInt64] {
        #expect(!loop.removeHandle(HandleID(rawValue: raw)), "\(raw)")
        #expect(!loop.removeTimeout(TimerID(rawValue: raw)), "\(raw)")
        loop.updateHandle(HandleID(rawValue: raw), events: .readable)
        loop.updateTimeout(TimerID(rawValue: raw), interval: .everyTurn)
      }
    }
    loop.submit(check)
    pipe.write()
    loop.runOnce()
    called.change { $0 = false }
    _ = loop.turnsUntilQuiet()
    #expect(!called.current)
  }

  @Test func `tokens are refused from another thread as well`() throws {
    let loop = try EventLoop()
    let pipe = Pipe()
    let thread = LoopThread(loop)
    let id = loop.addHandle(pipe.reader.rawValue, events: []) { _, _, _ in }
    let timer = loop.addTimeout(.off) { _ in }
    #expect(loop.removeHandle(id) && loop.removeTimeout(timer))
    #expect(!loop.removeHandle(id) && !loop.removeTimeout(timer))
    #expect(!loop.removeHandle(HandleID(rawValue: 2)) && !loop.removeTimeout(TimerID(rawValue: .max)))
    thread.stop()
    #expect(!loop.removeHandle(id) && !loop.removeTimeout(timer))
  }

  @Test func `more 15: a descriptor that the kernel refuses reports an error once and does not keep the loop busy`()
    throws
  {
    let loop = try EventLoop()
    let seen = Notes()
    let file = unsafe open("/proc/self/exe", O_RDONLY)
    defer { close(file) }
    for number: CInt in [-1, CInt.min, 1_000_000_000, CInt.max, file] {
      loop.addHandle(number, events: .readable) { _, descriptor, events in
        seen.note(descriptor == file ? "file \(events)" : "\(descriptor) \(events)")
      }
    }
    loop.runOnce()
    #expect(loop.turnsUntilQuiet() == 1)
    let expected = ["-1 error", "\(CInt.min) error", "1000000000 error", "\(CInt.max) error", "file error"]
    #expect(seen.current.sorted() == expected.sorted())
  }

  @Test func `a refused handle is tried again when its interest changes`() throws {
    let loop = try EventLoop()
    let seen = Notes()
    let pipe = Pipe()
    // A number that no other test comes near.
    var limit = rlimit()
    unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    let number = CInt(limit.rlim_cur) - 20
    let id = loop.addHandle(number, events: .readable) { _, _, events in seen.note("\(events)") }
    loop.runOnce()
    #expect(dup2(pipe.reader.rawValue, number) == number)
    defer { close(number) }
    loop.updateHandle(id, events: [])
    loop.turnWithoutWaiting()
    loop.updateHandle(id, events: .readable)
    pipe.write()
    loop.runOnce()
    #expect(seen.current == ["error", "readable"])
  }
}
