// SPDX-License-Identifier: Apache-2.0
// The guard against floods: the burst, the rate, what always passes, and that nothing folded goes unsaid.

import EventModel
import QEMUSource
import Testing

@Suite struct RateGuardTests {
  @Test func `a burst passes, then so many a second`() {
    var guarded = RateGuard(limits: RateLimits(), now: at(0))
    var passed = 0
    for _ in 0..<5000 where guarded.admit(.vmReset, now: at(1)) == .pass { passed += 1 }
    #expect(passed == 2000)
    for second in 2...11 {
      var inSecond = 0
      for _ in 0..<1000 where guarded.admit(.vmReset, now: at(Double(second))) == .pass {
        inSecond += 1
      }
      #expect(inSecond == 200)
    }
  }

  @Test func `the rate holds at any spacing`() {
    var guarded = RateGuard(limits: RateLimits(burst: 10, perSecond: 100), now: at(0))
    var passed = 0
    for step in 0..<100_000 where guarded.admit(.vmReset, now: at(Double(step) / 10_000)) == .pass {
      passed += 1
    }
    #expect((1008...1010).contains(passed))
  }

  @Test func `a long rest fills the bucket and no more`() {
    var guarded = RateGuard(limits: RateLimits(burst: 5, perSecond: 1), now: at(0))
    for _ in 0..<5 { #expect(guarded.admit(.vmReset, now: at(0)) == .pass) }
    #expect(guarded.admit(.vmReset, now: at(0)) == .foldFirst)
    var passed = 0
    for _ in 0..<50 where guarded.admit(.vmReset, now: at(9e9)) == .pass { passed += 1 }
    #expect(passed == 5)
  }

  @Test func `changes of state always pass and cost nothing`() {
    var guarded = RateGuard(limits: RateLimits(burst: 1, perSecond: 1), now: at(0))
    #expect(guarded.admit(.vmReset, now: at(0)) == .pass)
    for kind in EventKind.allCases where RateGuard.isStateChange(kind) {
      for _ in 0..<100 { #expect(guarded.admit(kind, now: at(0)) == .pass) }
    }
    #expect(guarded.admit(.vmReset, now: at(0)) == .foldFirst)
    #expect(guarded.admit(.vmReset, now: at(1.5)) == .pass)
    for state in VMState.allCases where state != .stopped {
      #expect(RateGuard.isStateChange(EventKind(state: state)))
    }
    #expect(!RateGuard.isStateChange(.vmRTCChanged))
    #expect(!RateGuard.isStateChange(.vmQMP))
  }

  @Test func `what is folded is told by kind, and the end too`() throws {
    var guarded = RateGuard(
      limits: RateLimits(burst: 1, perSecond: 1, calm: .seconds(5)), now: at(0))
    #expect(guarded.deadline == nil)
    let none = guarded.report(now: at(0))
    #expect(none == nil)
    #expect(guarded.admit(.vmReset, now: at(0)) == .pass)
    #expect(guarded.admit(.vmReset, now: at(0)) == .foldFirst)
    #expect(guarded.admit(.vmReset, now: at(0.1)) == .fold)
    #expect(guarded.admit(.vmRTCChanged, now: at(0.2)) == .fold)
    #expect(guarded.deadline == at(5.2))
    let report = guarded.report(now: at(1))
    let first = try #require(report)
    #expect(first.folded == [.vmReset: 2, .vmRTCChanged: 1])
    #expect(!first.isOver)
    #expect(first.data["total"] == .uint(3))
    #expect(first.data["ended"] == false)
    #expect(first.data["folded"] == ["vm.reset": .uint(2), "vm.rtc.changed": .uint(1)])
    let lastReport = guarded.report(now: at(5.2))
    let last = try #require(lastReport)
    #expect(last.isOver)
    #expect(last.folded.isEmpty)
    #expect(guarded.deadline == nil)
    let nothing = guarded.report(now: at(6))
    #expect(nothing == nil)
  }

  @Test func `a clock that stands still or goes back harms nothing`() {
    var guarded = RateGuard(limits: RateLimits(burst: 2, perSecond: 1), now: at(100))
    #expect(guarded.admit(.vmReset, now: at(50)) == .pass)
    #expect(guarded.admit(.vmReset, now: at(50)) == .pass)
    #expect(guarded.admit(.vmReset, now: at(50)) == .foldFirst)
  }
}
