// SPDX-License-Identifier: Apache-2.0
// What a loop says about itself.

import Testing

@testable import EventLoop

@Suite struct StatisticsTests {
  @Test func `a loop counts what it does`() throws {
    let loop = try EventLoop()
    let pipe = Pipe()
    loop.addHandle(pipe.reader.rawValue, events: .readable) { _, descriptor, _ in take(descriptor) }
    let timer = loop.addTimeout(.everyTurn) { _ in }
    pipe.write()
    loop.runOnce()
    loop.removeTimeout(timer)
    loop.submit {}
    loop.runOnce()
    let seen = loop.statistics
    #expect(seen.turns == 2)
    #expect(seen.events == 1)
    #expect(seen.timers == 1)
    #expect(seen.jobs == 1)
    #expect(seen.longestCallback == .zero, "nothing is timed unless that is switched on")
  }

  @Test(arguments: ["handle", "timer", "job"])
  func `more 17: a callback that blocks shows in the statistics`(_ kind: String) throws {
    let loop = try EventLoop()
    let pipe = Pipe()
    let block: @Sendable () -> Void = {
      let end = MonotonicClock.now() + 15_000_000
      while MonotonicClock.now() < end {}
    }
    loop.measuresCallbacks = true
    loop.submit {}
    loop.runOnce()
    #expect(loop.statistics.longestCallback > .zero)
    switch kind {
    case "handle":
      pipe.write()
      loop.addHandle(pipe.reader.rawValue, events: .readable) { id, _, _ in
        block()
        loop.removeHandle(id)
      }
    case "timer":
      loop.addTimeout(.everyTurn) { id in
        block()
        loop.removeTimeout(id)
      }
    default:
      loop.submit(block)
    }
    loop.runOnce()
    #expect(loop.statistics.longestCallback >= .milliseconds(15))
    #expect(loop.measuresCallbacks)
  }

  @Test func `events have names`() {
    #expect("\(HandleEvents([.readable, .hangup]))" == "readable|hangup")
    #expect("\(HandleEvents([.writable, .error]))" == "writable|error")
    #expect("\(HandleEvents())" == "none")
  }
}

@Suite struct TurnTimesTests {
  @Test func `turns are timed when that is switched on, without their waits`() throws {
    let loop = try EventLoop()
    loop.submit {}
    loop.runOnce()
    #expect(loop.turnTimes == TurnTimes(), "nothing is timed unless that is switched on")
    loop.measuresTurns = true
    loop.submit {
      let end = MonotonicClock.now() + 5_000_000
      while MonotonicClock.now() < end {}
    }
    loop.runOnce()
    // The wait for the timer is no work.
    loop.addTimeout(.every(.milliseconds(200))) { _ in }
    loop.runOnce()
    let times = loop.turnTimes
    #expect(times.counts.reduce(0, +) == 2)
    #expect(times.sum >= .milliseconds(5) && times.sum < .milliseconds(150))
    #expect(times.counts[6...].reduce(0, +) >= 1, "the turn that worked took more than three milliseconds")
  }

  @Test func `the delay of timers is what kept them waiting`() throws {
    let loop = try EventLoop()
    loop.addTimeout(.every(.milliseconds(1))) { _ in }
    loop.runOnce()
    #expect(loop.timerDelays == TurnTimes(), "nothing is timed unless that is switched on")
    loop.measuresTurns = true
    loop.submit {
      let end = MonotonicClock.now() + 20_000_000
      while MonotonicClock.now() < end {}
    }
    // The job keeps the timer waiting, which is called in the turn after it.
    loop.runOnce()
    let before = loop.timerDelays.counts.reduce(0, +)
    loop.runOnce()
    let delays = loop.timerDelays
    #expect(delays.counts.reduce(0, +) == before + 1)
    #expect(delays.sum >= .milliseconds(15))
    #expect(delays.counts[7...].reduce(0, +) >= 1, "more than ten milliseconds")
    // Timers of every turn have no time to be late for.
    let other = try EventLoop()
    other.measuresTurns = true
    other.addTimeout(.everyTurn) { _ in }
    other.runOnce()
    #expect(other.timerDelays == TurnTimes())
  }
}
