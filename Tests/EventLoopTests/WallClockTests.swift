// SPDX-License-Identifier: Apache-2.0
// The wall clock is nothing to the loop.

import Glibc
import Testing
import WallClock

@testable import EventLoop

@Suite struct WallClockTests {
  @Test(arguments: [365 * 86_400, -365 * 86_400])
  func `more 14: a wall clock that jumps by a year moves no timer and makes no turn`(_ step: Int64) throws {
    let loop = try EventLoop()
    let seen = Notes()
    let year = Box<[Int]>([])
    let turn = Background {
      let before = time(nil)
      let start = MonotonicClock.now()
      loop.addTimeout(.every(.milliseconds(40))) { id in
        seen.note(MonotonicClock.now() - start >= 40_000_000 ? "in time" : "early")
        loop.removeTimeout(id)
      }
      loop.addTimeout(.every(.seconds(3600))) { _ in seen.note("an hour too early") }
      loop.turnWithoutWaiting()
      wall_clock_step(step)
      year.change { $0.append(time(nil) - before) }
      loop.addTimeout(.every(.milliseconds(20))) { id in
        seen.note("after the step")
        loop.removeTimeout(id)
      }
      while seen.current.count < 2 { loop.runOnce() }
      wall_clock_step(0)
    }
    turn.join()
    #expect(seen.current.sorted() == ["after the step", "in time"])
    #expect(loop.statistics.turns <= 3)
    #expect(year.current.allSatisfy { abs($0 - Int(step)) < 60 }, "the step is real to this thread")
  }
}
