// SPDX-License-Identifier: Apache-2.0
// Other threads.

import Foundation
import Glibc
import Synchronization
import Testing

@testable import EventLoop

@Suite struct ThreadTests {
  @Test func `more 13: eight threads add and remove ten thousand handles and timers, and each is freed once`() throws {
    let loop = try EventLoop()
    let thread = LoopThread(loop)
    let pipe = Pipe()
    let reader = pipe.reader.rawValue
    let frees = Atomic<Int>(0)
    let refused = Atomic<Int>(0)
    let seen = Box<[UInt64]>([])
    pipe.write()
    let workers = (0..<8).map { worker in
      Background {
        for round in 0..<1250 {
          let free: @Sendable () -> Void = { frees.add(1, ordering: .relaxed) }
          let handle = loop.addHandle(
            reader, events: round % 3 == 0 ? .readable : [], free: free, callback: { _, _, _ in })
          let timer = loop.addTimeout(
            round % 5 == worker % 5 ? .everyTurn : .every(.milliseconds(1)), free: free, callback: { _ in })
          seen.change { $0.append(handle.rawValue) }
          loop.updateHandle(handle, events: .readable)
          loop.updateTimeout(timer, interval: .off)
          if !loop.removeHandle(handle) { refused.add(1, ordering: .relaxed) }
          if !loop.removeTimeout(timer) { refused.add(1, ordering: .relaxed) }
          if loop.removeHandle(handle) || loop.removeTimeout(timer) { refused.add(1, ordering: .relaxed) }
        }
      }
    }
    for worker in workers { worker.join() }
    thread.drain()
    thread.stop()
    #expect(refused.load(ordering: .relaxed) == 0)
    #expect(frees.load(ordering: .relaxed) == 20_000)
    #expect(Set(seen.current).count == 10_000)
  }

  @Test func `the slots of what other threads added are used again`() throws {
    let loop = try EventLoop()
    let thread = LoopThread(loop)
    let pipe = Pipe()
    var largest: UInt32 = 0
    for _ in 0..<200 {
      let ids = (0..<100).map { _ in loop.addHandle(pipe.reader.rawValue, events: []) { _, _, _ in } }
      for id in ids {
        largest = max(largest, id.slot)
        loop.removeHandle(id)
      }
      thread.drain()
    }
    thread.stop()
    #expect(largest < 5000, "20,000 handles, 100 at a time")
  }

  @Test func `no wake-up is lost`() throws {
    let loop = try EventLoop()
    let thread = LoopThread(loop)
    for round in 0..<5000 {
      let isThrough = Box(false)
      loop.submit { isThrough.set() }
      guard isThrough.wait(until: { $0 }) else {
        Issue.record("round \(round)")
        break
      }
    }
    thread.stop()
  }

  @Test func `no wake-up is lost that comes while the loop is about to wait`() throws {
    let loop = try EventLoop()
    let pipe = Pipe()
    // So many changes that telling the kernel of them takes a while, after the inbox was emptied and before the wait.
    let copies = (0..<400).map { _ in dup(pipe.reader.rawValue) }
    defer { for copy in copies { close(copy) } }
    let ids = copies.map { loop.addHandle($0, events: .readable) { _, _, _ in } }
    let thread = LoopThread(loop)
    for round in 0..<200 {
      let isChanged = Box(false)
      let isThrough = Box(false)
      loop.submit {
        for id in ids { loop.updateHandle(id, events: round % 2 == 0 ? [] : .readable) }
        isChanged.set()
      }
      guard isChanged.wait(until: { $0 }) else {
        Issue.record("round \(round)")
        break
      }
      let moment = MonotonicClock.now() + Int64(round * 2000)
      while MonotonicClock.now() < moment {}
      loop.submit { isThrough.set() }
      guard isThrough.wait(until: { $0 }) else {
        Issue.record("round \(round)")
        break
      }
    }
    thread.stop()
  }

  @Test func `more 16: a hundred thousand posts to a busy loop are one wake-up and a few turns`() throws {
    let loop = try EventLoop()
    let thread = LoopThread(loop)
    let timer = loop.addTimeout(.off) { _ in }
    thread.drain()
    let isBusy = Box(false)
    let isReleased = Box(false)
    loop.submit {
      isBusy.set()
      #expect(isReleased.wait { $0 })
    }
    #expect(isBusy.wait { $0 })
    let before = loop.statistics
    let count = Atomic<Int>(0)
    for _ in 0..<50_000 {
      loop.submit { count.add(1, ordering: .relaxed) }
      loop.updateTimeout(timer, interval: .off)
    }
    isReleased.set()
    thread.drain()
    let after = loop.statistics
    thread.stop()
    #expect(count.load(ordering: .relaxed) == 50_000)
    #expect(after.turns - before.turns <= 3)
    #expect(after.wakeUps - before.wakeUps <= 1)
  }

  @Test func `what a thread asked for happens before what it told the loop to do`() throws {
    let loop = try EventLoop()
    let pipe = Pipe()
    let reader = pipe.reader.rawValue
    pipe.write()
    let thread = LoopThread(loop)
    let seen = Notes()
    for round in 0..<500 {
      // The loop is in a callback when the other thread silences the handle, and then listens again.
      let isInside = Box(false)
      let isSilenced = Box(false)
      let id = loop.addHandle(reader, events: []) { id, _, _ in
        seen.note("called \(round)")
        loop.removeHandle(id)
      }
      loop.submit {
        isInside.set()
        #expect(isSilenced.wait { $0 })
        loop.updateHandle(id, events: .readable)
      }
      #expect(isInside.wait { $0 })
      loop.updateHandle(id, events: [])
      isSilenced.set()
      #expect(seen.wait { $0.count == round + 1 })
    }
    thread.stop()
  }

  @Test func `a loop may be run by one thread after another`() throws {
    let loop = try EventLoop()
    let pipe = Pipe()
    let seen = Box(0)
    loop.addHandle(pipe.reader.rawValue, events: .readable) { _, descriptor, _ in
      take(descriptor)
      #expect(loop.isOnLoop)
      seen.change { $0 += 1 }
    }
    for round in 1...20 {
      pipe.write()
      let turn = Background {
        while seen.current < round { loop.runOnce() }
      }
      turn.join()
      #expect(!loop.isOnLoop)
    }
    #expect(seen.current == 20)
  }
}
