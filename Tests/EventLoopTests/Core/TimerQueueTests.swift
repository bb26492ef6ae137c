// SPDX-License-Identifier: Apache-2.0
// The timers without a clock.

import Testing

@testable import EventLoop

/// A queue beside the simplest thing that does the same.
private struct Model: ~Copyable {
  var queue = TimerQueue()
  var deadlines: [TimerID: (deadline: Int64, period: Int64)] = [:]
  var now: Int64 = 0

  mutating func check(_ location: SourceLocation = #_sourceLocation) {
    let expected = deadlines.values.map(\.deadline).min()
    #expect(queue.nextDeadline() == expected, sourceLocation: location)
  }

  /// Fires what is due in both, and compares the order.
  mutating func fire(_ location: SourceLocation = #_sourceLocation) {
    var fired: [Int64] = []
    let limit = queue.beginFiring()
    #expect(limit == 0, sourceLocation: location)
    while let due = queue.takeExpired(now: now) {
      guard let (deadline, period) = deadlines[due.id] else {
        Issue.record("\(due.id) should not fire", sourceLocation: location)
        return
      }
      #expect(deadline <= now, sourceLocation: location)
      fired.append(deadline)
      deadlines[due.id] = (deadline + period > now ? deadline + period : now + period, period)
    }
    queue.endFiring()
    #expect(fired == fired.sorted(), sourceLocation: location)
    #expect(!deadlines.values.contains { $0.deadline <= now }, sourceLocation: location)
  }
}

private func insert(_ queue: inout TimerQueue, _ id: TimerID, period: Int64, now: Int64) {
  queue.prepare(id.slot)
  queue.insert(id, period: period, now: now, calls: TimerCalls(callback: { _ in }, free: nil))
}

@Suite struct TimerQueueTests {
  @Test(arguments: 1...8 as ClosedRange<UInt64>)
  func `many random operations agree with a simple model`(_ seed: UInt64) {
    var random = Sequence(state: seed)
    var model = Model()
    var free = (1...300).map { TimerID(rawValue: UInt64($0)) }
    var alive: [TimerID] = []
    for _ in 0..<4000 {
      let period = Int64(random.next(1000)) + 1
      switch random.next(6) {
      case 0, 1:
        guard let id = free.popLast() else { continue }
        insert(&model.queue, id, period: period, now: model.now)
        model.deadlines[id] = (model.now + period, period)
        alive.append(id)
      case 2:
        guard !alive.isEmpty else { continue }
        let id = alive[random.next(alive.count)]
        model.queue.update(id, period: period, deadline: model.now + period)
        model.deadlines[id] = (model.now + period, period)
      case 3:
        guard !alive.isEmpty else { continue }
        let id = alive[random.next(alive.count)]
        model.queue.update(id, period: -1, deadline: TimerQueue.Slot.never)
        model.deadlines[id] = nil
      case 4:
        guard !alive.isEmpty else { continue }
        let id = alive.remove(at: random.next(alive.count))
        model.queue.remove(id)
        _ = model.queue.release(slot: Int(id.slot))
        model.deadlines[id] = nil
        free.append(TimerID(rawValue: id.rawValue + (1 << 32)))
      default:
        model.now += Int64(random.next(200))
        model.fire()
      }
      if random.next(4) == 0 { model.check() }
    }
  }

  @Test func `a late timer keeps its rhythm, a very late one begins anew`() throws {
    var queue = TimerQueue()
    let id = TimerID(rawValue: 1)
    insert(&queue, id, period: 100, now: 0)
    func fire(at now: Int64) -> Int {
      var count = 0
      while queue.takeExpired(now: now) != nil { count += 1 }
      return count
    }
    #expect(fire(at: 99) == 0)
    #expect(fire(at: 130) == 1)
    #expect(queue.nextDeadline() == 200)
    #expect(fire(at: 730) == 1)
    #expect(queue.nextDeadline() == 830)
  }

  @Test func `a timer that is put off ten thousand times costs one correction`() {
    var queue = TimerQueue()
    insert(&queue, TimerID(rawValue: 1), period: 100, now: 0)
    insert(&queue, TimerID(rawValue: 2), period: 50_000, now: 0)
    for now in 0..<10_000 as Range<Int64> { queue.update(TimerID(rawValue: 1), period: 100, deadline: now + 100) }
    #expect(queue.armedCount == 2)
    #expect(queue.nextDeadline() == 10_099)
    #expect(queue.isDue(now: 10_098) == false)
    #expect(queue.isDue(now: 10_099) == true)
  }

  @Test func `when all timers are off, sooner or later none has a deadline`() {
    var queue = TimerQueue()
    let ids = (1...5000).map { TimerID(rawValue: UInt64($0)) }
    for id in ids { insert(&queue, id, period: 1000, now: Int64(id.rawValue)) }
    for id in ids { queue.update(id, period: -1, deadline: TimerQueue.Slot.never) }
    // Each look corrects only so many, and says in the meantime that a deadline may be there.
    var looks = 1
    while queue.nextDeadline() != nil { looks += 1 }
    #expect(looks == 5000 / TimerQueue.largestCorrection + 1)
    #expect(queue.armedCount == 0)
    #expect(queue.isDue(now: .max) == false)
  }

  @Test func `the list of every turn keeps its order, and those that join it wait`() {
    var queue = TimerQueue()
    let ids = (1...5).map { TimerID(rawValue: UInt64($0)) }
    for id in ids.prefix(4) { insert(&queue, id, period: 0, now: 0) }
    func turn(_ during: (TimerID, inout TimerQueue) -> Void = { _, _ in }) -> [TimerID] {
      var fired: [TimerID] = []
      for place in 0..<queue.beginFiring() {
        guard let due = queue.ofEveryTurn(place) else { continue }
        fired.append(due.id)
        during(due.id, &queue)
      }
      queue.endFiring()
      return fired
    }
    #expect(turn() == Array(ids.prefix(4)))
    let second = turn { id, queue in
      if id == ids[0] {
        // The second leaves, the third leaves and comes back, the fifth joins.
        queue.update(ids[1], period: 10, deadline: 10)
        queue.update(ids[2], period: -1, deadline: TimerQueue.Slot.never)
        queue.update(ids[2], period: 0, deadline: TimerQueue.Slot.never)
        insert(&queue, ids[4], period: 0, now: 0)
      }
    }
    #expect(second == [ids[0], ids[3]])
    #expect(turn() == [ids[0], ids[3], ids[2], ids[4]])
    #expect(queue.everyTurnCount == 4)
    #expect(queue.nextDeadline() == 10)
  }

  @Test func `a timer that joins and leaves the list of every turn again and again leaves nothing behind`() {
    var queue = TimerQueue()
    let id = TimerID(rawValue: 1)
    insert(&queue, id, period: -1, now: 0)
    for _ in 0..<10_000 {
      queue.update(id, period: 0, deadline: TimerQueue.Slot.never)
      queue.update(id, period: -1, deadline: TimerQueue.Slot.never)
    }
    #expect(queue.everyTurnCount == 0)
    #expect(queue.beginFiring() < 100)
  }

  @Test func `a token that is over or never was changes nothing`() {
    var queue = TimerQueue()
    insert(&queue, TimerID(rawValue: 1), period: 10, now: 0)
    queue.remove(TimerID(rawValue: 1))
    _ = queue.release(slot: 1)
    for raw in [0, 1, 2, 1 << 32 | 1, .max] as [UInt64] {
      queue.update(TimerID(rawValue: raw), period: 1, deadline: 1)
      queue.remove(TimerID(rawValue: raw))
    }
    #expect(queue.armedCount == 0 && queue.everyTurnCount == 0)
  }
}

/// Numbers that look random and are the same in every run.
private struct Sequence {
  var state: UInt64

  mutating func next(_ bound: Int) -> Int {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Int((state >> 33) % UInt64(bound))
  }
}
