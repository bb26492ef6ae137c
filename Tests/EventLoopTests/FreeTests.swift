// SPDX-License-Identifier: Apache-2.0
// When and where removed handles and timers are let go.

import Foundation
import Testing

@testable import EventLoop

@Suite struct FreeTests {
  @Test func `more 8: free runs once, on the loop, after the callback that removed its handle`() throws {
    let loop = try EventLoop()
    let pipe = Pipe()
    let seen = Notes()
    let free: @Sendable () -> Void = { seen.note(loop.isOnLoop ? "free" : "free elsewhere") }
    let callback: EventLoop.HandleCallback = { id, _, _ in
      loop.removeHandle(id)
      seen.note("called")
    }
    loop.addHandle(pipe.reader.rawValue, events: .readable, free: free, callback: callback)
    pipe.write()
    loop.runOnce()
    loop.turnWithoutWaiting()
    #expect(seen.current == ["called", "free"])
  }

  @Test func `more 8: free runs once, on the loop, after the callback that removed its timer`() throws {
    let loop = try EventLoop()
    let seen = Notes()
    let free: @Sendable () -> Void = { seen.note(loop.isOnLoop ? "free" : "free elsewhere") }
    let callback: EventLoop.TimerCallback = { id in
      loop.removeTimeout(id)
      seen.note("called")
    }
    loop.addTimeout(.everyTurn, free: free, callback: callback)
    loop.runOnce()
    loop.turnWithoutWaiting()
    #expect(seen.current == ["called", "free"])
  }

  @Test func `more 8: free may add and remove, since no lock is held`() throws {
    let loop = try EventLoop()
    let pipe = Pipe()
    let reader = pipe.reader.rawValue
    let seen = Notes()
    let second = loop.addHandle(reader, events: [], free: { seen.note("second free") }, callback: { _, _, _ in })
    let timer = loop.addTimeout(.off, free: { seen.note("timer free") }, callback: { _ in })
    let free: @Sendable () -> Void = {
      seen.note("first free")
      #expect(loop.removeHandle(second) && loop.removeTimeout(timer))
      let third = loop.addHandle(reader, events: .readable) { _, _, _ in seen.note("third called") }
      loop.updateHandle(third, events: [])
      loop.removeHandle(third)
      loop.addHandle(reader, events: .readable) { _, descriptor, _ in
        take(descriptor)
        seen.note("fourth called")
      }
    }
    let first = loop.addHandle(reader, events: [], free: free, callback: { _, _, _ in })
    loop.removeHandle(first)
    loop.runOnce()
    #expect(seen.current == ["first free"], "what free removes waits for the next turn")
    pipe.write()
    loop.runOnce()
    #expect(seen.current == ["first free", "fourth called", "timer free", "second free"])
  }

  @Test func `more 8: removal by another thread ends in free on the loop, promptly`() throws {
    let loop = try EventLoop()
    let pipe = Pipe()
    let thread = LoopThread(loop)
    defer { thread.stop() }
    let seen = Notes()
    let free: @Sendable () -> Void = { seen.note(loop.isOnLoop ? "free" : "free elsewhere") }
    let handle = loop.addHandle(pipe.reader.rawValue, events: .readable, free: free, callback: { _, _, _ in })
    let timer = loop.addTimeout(.every(.seconds(3600)), free: free, callback: { _ in })
    thread.drain()
    loop.waitUntilAsleep()
    #expect(loop.removeHandle(handle))
    #expect(seen.wait { $0 == ["free"] })
    loop.waitUntilAsleep()
    #expect(loop.removeTimeout(timer))
    #expect(seen.wait { $0 == ["free", "free"] })
    thread.drain()
    #expect(seen.current == ["free", "free"])
  }

  @Test func `free does not run while the callback of its handle does, whoever removes it`() throws {
    let loop = try EventLoop()
    let pipe = Pipe()
    let thread = LoopThread(loop)
    defer { thread.stop() }
    let seen = Notes()
    let isInside = Box(false)
    let isRemoved = Box(false)
    let callback: EventLoop.HandleCallback = { _, _, _ in
      isInside.set()
      #expect(isRemoved.wait { $0 })
      seen.note("callback ends")
    }
    let handle = loop.addHandle(
      pipe.reader.rawValue, events: .readable, free: { seen.note("free") }, callback: callback)
    pipe.write()
    #expect(isInside.wait { $0 })
    #expect(loop.removeHandle(handle))
    isRemoved.set()
    #expect(seen.wait { $0 == ["callback ends", "free"] })
  }

  @Test func `what the callbacks captured is let go with them, before free says so`() throws {
    final class Token: Sendable {}
    let loop = try EventLoop()
    let pipe = Pipe()
    weak let handleToken: Token?
    weak let timerToken: Token?
    let seen = Notes()
    do {
      let (one, other) = (Token(), Token())
      (handleToken, timerToken) = (one, other)
      let handle = loop.addHandle(pipe.reader.rawValue, events: .readable) { _, _, _ in _ = one }
      let timer = loop.addTimeout(.off) { _ in _ = other }
      loop.removeHandle(handle)
      loop.removeTimeout(timer)
    }
    #expect(handleToken != nil && timerToken != nil)
    loop.submit { seen.note(handleToken == nil && timerToken == nil ? "too early" : "still there") }
    loop.runOnce()
    #expect(seen.current == ["still there"])
    #expect(handleToken == nil && timerToken == nil)
  }

  @Test func `the end of a loop frees what was removed and lets go of what was not`() throws {
    final class Token: Sendable {}
    weak let kept: Token?
    let pipe = Pipe()
    let seen = Notes()
    do {
      let token = Token()
      kept = token
      let loop = try EventLoop()
      let removed = loop.addHandle(
        pipe.reader.rawValue, events: .readable, free: { seen.note("removed handle") }, callback: { _, _, _ in })
      let timer = loop.addTimeout(.off, free: { seen.note("removed timer") }, callback: { _ in })
      loop.addHandle(
        pipe.reader.rawValue, events: .readable, free: { seen.note("registered handle") },
        callback: { _, _, _ in _ = token })
      loop.addTimeout(.everyTurn, free: { seen.note("registered timer") }, callback: { _ in _ = token })
      loop.runOnce()
      loop.removeHandle(removed)
      loop.removeTimeout(timer)
      loop.submit { _ = token }
    }
    #expect(seen.current == ["removed timer", "removed handle"])
    #expect(kept == nil)
  }
}
