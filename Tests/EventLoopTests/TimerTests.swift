// SPDX-License-Identifier: Apache-2.0
// Timers on the real clock.

import EventLoop
import Testing

@Suite struct TimerTests {
  @Test func `a timer fires after its time and never before`() throws {
    let loop = try EventLoop()
    let clock = SuspendingClock()
    let start = clock.now
    let fired = Box(0)
    loop.addTimeout(.every(.milliseconds(30))) { id in
      loop.updateTimeout(id, interval: .off)
      fired.change { $0 += 1 }
    }
    loop.runOnce()
    #expect(fired.current == 1, "one turn is enough")
    #expect(clock.now - start >= .milliseconds(30))
  }

  @Test func `a timer of every turn fires in every turn until it is off`() throws {
    let loop = try EventLoop()
    let fired = Box(0)
    loop.addTimeout(.everyTurn) { id in
      fired.change { $0 += 1 }
      if fired.current == 3 { loop.updateTimeout(id, interval: .off) }
    }
    for _ in 1...3 { loop.runOnce() }
    loop.turnWithoutWaiting()
    #expect(fired.current == 3)
  }

  @Test func `another thread arms a timer of a waiting loop`() throws {
    let loop = try EventLoop()
    let fired = Box(0)
    let timer = loop.addTimeout(.off) { id in
      loop.updateTimeout(id, interval: .off)
      fired.change { $0 += 1 }
    }
    let thread = LoopThread(loop)
    thread.drain()
    loop.updateTimeout(timer, interval: .everyTurn)
    #expect(fired.wait { $0 == 1 })
    #expect(loop.removeTimeout(timer))
    #expect(!loop.removeTimeout(timer))
    thread.stop()
    #expect(fired.current == 1)
  }
}
