// SPDX-License-Identifier: Apache-2.0
// The order of a turn, and what ends one.

import Foundation
import Testing

@testable import EventLoop

@Suite struct OrderTests {
  @Test func `more 11: timers, handles, jobs, frees, in this order`() throws {
    let loop = try EventLoop()
    let pipe = Pipe()
    let seen = Notes()
    loop.submit {
      loop.submit { seen.note("job") }
      let dead = loop.addHandle(pipe.reader.rawValue, events: [], free: { seen.note("free") }, callback: { _, _, _ in })
      loop.addHandle(pipe.reader.rawValue, events: .readable) { _, _, _ in
        seen.note("handle")
        loop.removeHandle(dead)
      }
      loop.addTimeout(.everyTurn) { id in
        seen.note("every turn")
        loop.updateTimeout(id, interval: .off)
      }
      loop.addTimeout(.every(.nanoseconds(1))) { id in
        seen.note("timer")
        loop.updateTimeout(id, interval: .off)
      }
    }
    pipe.write()
    loop.runOnce()
    #expect(seen.current == [])
    loop.runOnce()
    #expect(seen.current == ["timer", "every turn", "handle", "job", "free"])
  }

  @Test func `more 11: a timer removes a handle whose descriptor is ready in the same turn`() throws {
    let loop = try EventLoop()
    let pipe = Pipe()
    let seen = Notes()
    let id = loop.addHandle(pipe.reader.rawValue, events: .readable) { _, _, _ in seen.note("handle") }
    loop.addTimeout(.everyTurn) { timer in
      seen.note("timer")
      loop.removeHandle(id)
      loop.removeTimeout(timer)
    }
    pipe.write()
    loop.runOnce()
    loop.turnWithoutWaiting()
    #expect(seen.current == ["timer"])
  }

  @Test func `jobs run in the order of their submission, and those of a job in the next turn`() throws {
    let loop = try EventLoop()
    let seen = Notes()
    for number in 1...3 {
      loop.submit {
        seen.note("job \(number)")
        loop.submit { seen.note("of job \(number)") }
      }
    }
    loop.runOnce()
    #expect(seen.current == ["job 1", "job 2", "job 3"])
    loop.runOnce()
    #expect(seen.current.dropFirst(3) == ["of job 1", "of job 2", "of job 3"])
  }

  @Test func `a job that a callback submits runs in the same turn`() throws {
    let loop = try EventLoop()
    let seen = Notes()
    loop.addTimeout(.everyTurn) { id in
      loop.removeTimeout(id)
      loop.submit { seen.note("job") }
    }
    loop.runOnce()
    #expect(seen.current == ["job"])
  }

  @Test func `stop from a callback ends the run after the turn`() throws {
    let loop = try EventLoop()
    let seen = Notes()
    loop.addTimeout(.everyTurn) { _ in
      seen.note("timer")
      loop.stop()
      loop.submit { seen.note("job") }
    }
    loop.run()
    #expect(seen.current == ["timer", "job"])
    #expect(!loop.isOnLoop)
    loop.run()
    #expect(seen.current == ["timer", "job", "timer", "job"], "a loop runs again")
  }

  @Test func `stop from another thread ends a wait`() throws {
    let loop = try EventLoop()
    let thread = LoopThread(loop)
    loop.waitUntilAsleep()
    thread.stop()
    let turn = Background { loop.runOnce() }
    loop.waitUntilAsleep()
    loop.stop()
    turn.join()
  }

  @Test func `stop before a run ends it at once, and only that one`() throws {
    let loop = try EventLoop()
    let seen = Notes()
    loop.stop()
    loop.stop()
    loop.addTimeout(.everyTurn) { _ in
      seen.note("timer")
      loop.stop()
    }
    loop.run()
    #expect(seen.current == [])
    loop.run()
    #expect(seen.current == ["timer"])
  }

  @Test func `a loop inside its own callback is a programmer's error`() async {
    await #expect(processExitsWith: .failure) {
      let loop = try EventLoop()
      let body: @Sendable () -> Void = { loop.runOnce() }
      loop.submit(body)
      body()
    }
  }
}
