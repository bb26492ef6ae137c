// SPDX-License-Identifier: Apache-2.0
// Timers on the real clock.

import Foundation
import Glibc
import Testing

@testable import EventLoop

private let millisecond: Int64 = 1_000_000

/// Keeps the thread busy until a moment of the monotonic clock.
private func spin(until moment: Int64) {
  while MonotonicClock.now() < moment {}
}

@Suite struct TimerTests {
  @Test func `more 10: a timer of every turn fires in every turn until it is off`() throws {
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

  @Test func `more 10: another thread arms a timer of a waiting loop`() throws {
    let loop = try EventLoop()
    let fired = Box(0)
    let timer = loop.addTimeout(.off) { id in
      loop.updateTimeout(id, interval: .off)
      fired.change { $0 += 1 }
    }
    let thread = LoopThread(loop)
    thread.drain()
    loop.waitUntilAsleep()
    loop.updateTimeout(timer, interval: .everyTurn)
    #expect(fired.wait { $0 == 1 })
    loop.waitUntilAsleep()
    loop.updateTimeout(timer, interval: .every(.milliseconds(1)))
    #expect(fired.wait { $0 == 2 })
    thread.stop()
    #expect(fired.current == 2)
  }

  @Test func `more 10: a timer that missed several periods fires once and not once for each`() throws {
    let loop = try EventLoop()
    let fired = Box<[Int64]>([])
    let start = Box<Int64>(0)
    loop.submit {
      loop.addTimeout(.every(.milliseconds(100))) { _ in fired.change { $0.append(MonotonicClock.now()) } }
      start.change { $0 = MonotonicClock.now() }
      spin(until: start.current + 500 * millisecond)
    }
    loop.runOnce()
    loop.runOnce()
    #expect(fired.current.count == 1)
    loop.runOnce()
    #expect(fired.current.count == 2)
    #expect(fired.current[1] - start.current >= 600 * millisecond, "a new rhythm begins, with a whole period")
  }

  @Test func `more 10: an update inside the callback overrides the re-arming`() throws {
    let loop = try EventLoop()
    let fired = Box<[Int64]>([])
    let start = MonotonicClock.now()
    loop.addTimeout(.every(.milliseconds(10))) { id in
      fired.change { $0.append(MonotonicClock.now() - start) }
      loop.updateTimeout(id, interval: fired.current.count == 1 ? .every(.milliseconds(80)) : .off)
    }
    while fired.current.count < 2 { loop.runOnce() }
    loop.turnWithoutWaiting()
    #expect(fired.current.count == 2)
    #expect(fired.current[1] - fired.current[0] >= 80 * millisecond)
  }

  @Test func `more 10: a timer that a timer's callback adds waits for the next turn`() throws {
    let loop = try EventLoop()
    let seen = Notes()
    loop.addTimeout(.everyTurn) { id in
      loop.removeTimeout(id)
      seen.note("first")
      loop.addTimeout(.everyTurn) { id in
        loop.removeTimeout(id)
        seen.note("second")
      }
      loop.addTimeout(.every(.nanoseconds(1))) { id in
        loop.removeTimeout(id)
        seen.note("third")
      }
      spin(until: MonotonicClock.now() + millisecond)
    }
    loop.runOnce()
    #expect(seen.current == ["first"])
    loop.runOnce()
    #expect(seen.current == ["first", "third", "second"])
  }

  @Test func `more 10: an earlier timer switches a later one off, or postpones it, in the pass in which it is due`()
    throws
  {
    let loop = try EventLoop()
    let seen = Notes()
    let later = Box<[String: TimerID]>([:])
    loop.submit {
      let everyTurn = loop.addTimeout(.everyTurn) { _ in seen.note("every turn") }
      later.change { $0["every turn"] = everyTurn }
      loop.addTimeout(.every(.milliseconds(1))) { id in
        seen.note("first")
        loop.removeTimeout(id)
        for (name, timer) in later.current {
          switch name {
          case "far": loop.updateTimeout(timer, interval: .every(.seconds(3600)))
          case "soon": loop.updateTimeout(timer, interval: .every(.milliseconds(20)))
          default: loop.updateTimeout(timer, interval: .off)
          }
        }
      }
      for name in ["off", "far", "soon"] {
        let id = loop.addTimeout(.every(.milliseconds(2))) { id in
          seen.note(name)
          loop.removeTimeout(id)
        }
        later.change { $0[name] = id }
      }
      // All of them are due in the next turn.
      spin(until: MonotonicClock.now() + 5 * millisecond)
    }
    loop.runOnce()
    loop.runOnce()
    #expect(seen.current == ["first"])
    loop.runOnce()
    #expect(seen.current == ["first", "soon"])
  }

  @Test func `no timer is ever early`() throws {
    let loop = try EventLoop()
    let early = Box(0)
    let fired = Box(0)
    for microseconds in stride(from: 50, through: 20_000, by: 50) {
      let due = MonotonicClock.now() + Int64(microseconds) * 1000
      loop.addTimeout(.every(.microseconds(microseconds))) { id in
        if MonotonicClock.now() < due { early.change { $0 += 1 } }
        loop.removeTimeout(id)
        fired.change { $0 += 1 }
      }
    }
    while fired.current < 400 { loop.runOnce() }
    #expect(early.current == 0)
  }

  @Test func `a postponed timer does not end a wait before its time`() throws {
    let loop = try EventLoop()
    let fired = Box<Int64>(0)
    let start = Box<Int64>(0)
    loop.submit {
      start.change { $0 = MonotonicClock.now() }
      let timer = loop.addTimeout(.every(.milliseconds(5))) { _ in fired.change { $0 = MonotonicClock.now() } }
      let cancelled = loop.addTimeout(.every(.milliseconds(7))) { _ in Issue.record("it is off") }
      loop.updateTimeout(timer, interval: .every(.milliseconds(60)))
      loop.updateTimeout(cancelled, interval: .off)
    }
    loop.runOnce()
    loop.runOnce()
    #expect(fired.current - start.current >= 60 * millisecond, "and one turn is enough")
  }

  @Test func `more 18: durations beyond what the kernel or the clock can hold do not overflow`() throws {
    let loop = try EventLoop()
    let seen = Notes()
    let longest: [Duration] = [
      .milliseconds(Int(CInt.max) + 1), .seconds(Int64.max), .nanoseconds(Int64.max),
      Duration(secondsComponent: .max, attosecondsComponent: 999_999_999_999_999_999),
    ]
    let pipe = Pipe()
    loop.addHandle(pipe.reader.rawValue, events: .readable) { _, descriptor, _ in
      take(descriptor)
      seen.note("handle")
    }
    for duration in longest {
      loop.addTimeout(.every(duration)) { _ in seen.note("timer") }
      loop.addTimeout(TimerInterval(milliseconds: .max)) { _ in seen.note("timer") }
    }
    let thread = LoopThread(loop)
    thread.drain()
    loop.waitUntilAsleep()
    let turns = loop.statistics.turns
    pipe.write()
    #expect(seen.wait { !$0.isEmpty })
    thread.drain()
    thread.stop()
    #expect(seen.current == ["handle"])
    #expect(loop.statistics.turns - turns <= 4, "the loop slept")
  }

  @Test func `more 12: a storm of signals does not put a timer off`() async {
    // In a process of its own, since it has a signal handler.
    await #expect(processExitsWith: .success) {
      exit(try faultsInSignalStorm())
    }
  }
}

/// What is wrong with a timer of 100 ms while the loop's thread gets one signal after another: 0 when nothing is.
private func faultsInSignalStorm() throws -> CInt {
  var action = sigaction()
  unsafe action.__sigaction_handler.sa_handler = { _ in }
  guard unsafe sigaction(SIGUSR2, &action, nil) == 0 else { return 16 }
  let loop = try EventLoop()
  let signals = Box(0)
  let target = pthread_self()
  let fired = Box<Int64>(0)
  let storm = Background {
    while fired.current == 0 {
      pthread_kill(target, SIGUSR2)
      signals.change { $0 += 1 }
      sched_yield()
    }
  }
  // The storm is there before the timer.
  guard signals.wait(until: { $0 >= 100 }) else { return 32 }
  let before = signals.current
  let start = MonotonicClock.now()
  loop.addTimeout(.every(.milliseconds(100))) { _ in
    fired.change { $0 = MonotonicClock.now() - start }
    loop.stop()
  }
  loop.run()
  storm.join()
  var faults: CInt = 0
  if fired.current < 100 * millisecond { faults |= 1 }
  if fired.current > 10_000 * millisecond { faults |= 2 }
  if signals.current == before { faults |= 4 }
  if loop.statistics.turns != 1 { faults |= 8 }
  return faults
}
