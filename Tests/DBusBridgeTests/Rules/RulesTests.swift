// SPDX-License-Identifier: Apache-2.0
// The pure rules: waiting longer, saying no, counting calls, finding matches.

import DBusTypes
import Testing

@testable import DBusBridge

@Suite struct BackoffTests {
  @Test func `waits double up to the longest, and each keeps at least half of its step`() {
    var backoff = Backoff(first: .milliseconds(100), longest: .seconds(1))
    var generator = SystemRandomNumberGenerator()
    for step in [100, 200, 400, 800, 1000, 1000] {
      let wait = backoff.wait(using: &generator)
      #expect(wait >= .milliseconds(step) / 2 && wait <= .milliseconds(step))
    }
    backoff.reset()
    #expect(backoff.wait(using: &generator) <= .milliseconds(100))
  }

  @Test func `two that are thrown off together do not come back together`() {
    var generator = SystemRandomNumberGenerator()
    let waits = (0..<32).map { _ in
      var backoff = Backoff(first: .seconds(1), longest: .seconds(1))
      return backoff.wait(using: &generator)
    }
    #expect(Set(waits).count > 16)
  }
}

@Suite struct OutgoingGaugeTests {
  private var limits: BusLimits {
    var limits = BusLimits()
    limits.signalHighWater = 1000
    limits.lowWater = 100
    limits.pauseReading = 2000
    limits.replyHighWater = 3000
    return limits
  }

  @Test func `signals stop first, reading next, answers last`() {
    var gauge = OutgoingGauge(limits)
    #expect(gauge.admits(.signal, outgoing: 999) == true)
    #expect(gauge.admits(.signal, outgoing: 1000) == false)
    #expect(gauge.admits(.reply, outgoing: 1000) == true)
    _ = gauge.note(outgoing: 1999)
    #expect(!gauge.isPaused)
    _ = gauge.note(outgoing: 2000)
    #expect(gauge.isPaused)
    #expect(gauge.admits(.reply, outgoing: 2999) == true)
    #expect(gauge.admits(.reply, outgoing: 3000) == false)
  }

  @Test func `who was withheld is told once, when it has become low`() {
    var gauge = OutgoingGauge(limits)
    #expect(gauge.note(outgoing: 0) == false)
    _ = gauge.admits(.signal, outgoing: 5000)
    _ = gauge.note(outgoing: 5000)
    #expect(gauge.note(outgoing: 100) == false)
    #expect(gauge.isPaused)
    #expect(gauge.note(outgoing: 99) == true)
    #expect(!gauge.isPaused)
    #expect(gauge.note(outgoing: 0) == false)
  }

  @Test func `limits that contradict each other do not lock it`() {
    var limits = limits
    limits.lowWater = 5000
    limits.replyHighWater = 10
    var gauge = OutgoingGauge(limits)
    #expect(gauge.admits(.reply, outgoing: 999) == true)
    #expect(gauge.admits(.signal, outgoing: 1000) == false)
    #expect(gauge.note(outgoing: 1000) == false)
    #expect(gauge.note(outgoing: 999) == true)
  }
}

@Suite struct DispatchBudgetTests {
  @Test func `between two looks at another handle no more messages lie than the budget, in any order of the handles`() {
    var generator = SystemRandomNumberGenerator()
    var budget = DispatchBudget(16)
    var since = 0
    func pump(in phase: DispatchBudget.Phase) -> Int {
      let count = Int.random(in: 0...max(0, budget.left(in: phase)), using: &generator)
      budget.note(count, in: phase)
      return count
    }
    for _ in 0..<10_000 {
      let comesFirst = Bool.random(using: &generator)
      let pumps = Bool.random(using: &generator)
      if pumps, comesFirst { since += pump(in: .handles) }
      #expect(since <= 16)
      since = 0
      if pumps, !comesFirst { since += pump(in: .handles) }
      if Bool.random(using: &generator) { since += pump(in: .jobs) }
    }
  }

  @Test func `a storm has the whole budget in each turn`() {
    var budget = DispatchBudget(16)
    budget.note(16, in: .handles)
    #expect(budget.left(in: .jobs) == 0)
    budget.note(0, in: .jobs)
    for _ in 0..<3 {
      #expect(budget.left(in: .jobs) == 16)
      budget.note(16, in: .jobs)
    }
    #expect(budget.left(in: .handles) == 0)
    budget.note(0, in: .handles)
    #expect(budget.left(in: .jobs) == 16)
  }
}

@Suite struct CallQuotaTests {
  @Test func `one client cannot take the places of the others`() {
    var quota = CallQuota(perClient: 2, total: 3)
    #expect(quota.refusal(of: ":1.1") == nil)
    #expect(quota.refusal(of: ":1.1") == nil)
    #expect(quota.refusal(of: ":1.1") == "past the limit callsPerClient = 2")
    #expect(quota.refusal(of: ":1.2") == nil)
    #expect(quota.refusal(of: ":1.3") == "past the limit calls = 3")
    quota.release(":1.1")
    #expect(quota.refusal(of: ":1.3") == nil)
    #expect(quota.count == 3)
  }

  @Test func `a client without calls leaves nothing behind`() {
    var quota = CallQuota(perClient: 2, total: 3)
    _ = quota.refusal(of: ":1.1")
    quota.release(":1.1")
    quota.release(":1.1")
    quota.release(":1.9")
    #expect(quota.count == 0)
    #expect(quota.clients == 0)
  }
}

@Suite struct MatchIndexTests {
  private func signal(_ interface: InterfaceName, _ member: MemberName, _ argument: String) -> BusMessage {
    var signal = BusMessage.signal("/a", interface, member, [.string(argument)])
    signal.sender = ":1.5"
    return signal
  }

  @Test func `a signal finds every rule that it matches, of every shape, and no other`() {
    var index = MatchIndex<Int>()
    let rules = [
      MatchRule(), MatchRule(interface: "a.b"), MatchRule(member: "M"), MatchRule(argument0: "x"),
      MatchRule(interface: "a.b", member: "M"), MatchRule(interface: "a.b", member: "M", argument0: "x"),
      MatchRule(sender: "org.example.A"), MatchRule(sender: ":1.5"), MatchRule(path: "/b"), MatchRule(interface: "a.c"),
    ]
    for (id, rule) in rules.enumerated() { index.insert(id, rule) }
    #expect(index.matches(signal("a.b", "M", "x")) { _ in nil }.sorted() == [0, 1, 2, 3, 4, 5, 7])
    #expect(index.matches(signal("a.b", "M", "x")) { _ in ":1.5" }.sorted() == [0, 1, 2, 3, 4, 5, 6, 7])
    #expect(index.matches(signal("a.c", "N", "y")) { _ in nil }.sorted() == [0, 7, 9])
    for (id, rule) in rules.enumerated() { index.remove(id, rule) }
    #expect(index.matches(signal("a.b", "M", "x")) { _ in nil } == [])
  }

  @Test func `a rule among ten thousand is found without looking at the others`() {
    var index = MatchIndex<Int>()
    for id in 0..<10_000 { index.insert(id, MatchRule(interface: "a.b", member: "M", argument0: "\(id)")) }
    // Only what is in the same place is looked at, so the owner of a sender is asked for at most so often.
    index.insert(-1, MatchRule(sender: "org.example.A", interface: "a.b", member: "M", argument0: "7"))
    var asked = 0
    let found = index.matches(signal("a.b", "M", "7")) { _ in
      asked += 1
      return ":1.5"
    }
    #expect(found.sorted() == [-1, 7])
    #expect(asked == 1)
  }
}
