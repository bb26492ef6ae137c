// SPDX-License-Identifier: Apache-2.0
// The desk on a real loop, with the log in memory.

import EventLoop
import EventModel
import Synchronization
import Testing

@testable import Hub

@Suite("Hub: delivery desk")
struct DeliveryDeskTests {
  /// What a consumer was told.
  private final class Inbox: Sendable {
    let notices = Mutex<[DeliveryNotice]>([])
    let receipt = Mutex(DeliveryReceipt.taken)
    let id = Mutex<DeliveryID?>(nil)

    func take(_ notice: DeliveryNotice) -> DeliveryReceipt {
      let receipt = receipt.withLock(\.self)
      if receipt == .taken { notices.withLock { $0.append(notice) } }
      return receipt
    }

    var batches: [DeliveryBatch] {
      notices.withLock { $0.compactMap { if case .events(let batch) = $0 { batch } else { nil } } }
    }
    var sequences: [UInt64] { batches.flatMap(\.events).map(\.sequence) }
    var gaps: [PublishedGap] {
      notices.withLock { $0.compactMap { if case .gap(let gap, _) = $0 { gap } else { nil } } }
    }
    var suspensions: Int { notices.withLock { $0.count { if case .suspended = $0 { true } else { false } } } }
    var overflow: UInt64? {
      notices.withLock { notices in
        for case .overflow(let after) in notices { return after }
        return nil
      }
    }
  }

  private static let window = DeliveryAmount(events: 1_000_000, bytes: 1 << 30)
  private let loop: EventLoop
  private let hub: Hub
  private let desk: DeliveryDesk
  private let inbox = Inbox()

  init() throws {
    var limits = MemoryLog.Limits()
    limits.events = 50
    try self.init(log: limits)
  }

  private init(log: MemoryLog.Limits) throws {
    var limits = DeliveryLimits()
    limits.perUser = 2
    limits.total = 3
    limits.recent = DeliveryAmount(events: 10, bytes: 1 << 20)
    limits.retryInterval = .milliseconds(1)
    let loop = try EventLoop()
    self.loop = loop
    hub = Hub(loop: loop, log: MemoryLog(limits: log))
    desk = DeliveryDesk(hub: hub, limits: limits)
    onDesk { $0.start() }
  }

  /// Runs work on the loop, and turns until it has nothing more to do at once.
  private func onDesk(_ work: @escaping @Sendable (isolated DeliveryDesk) -> Void) {
    loop.submit { [desk] in desk.assumeIsolated(work) }
    settle()
  }

  private func settle(turns: Int = 40) {
    for _ in 0..<turns {
      loop.submit {}
      loop.runOnce()
    }
  }

  /// Turns until a condition holds: one that a timer brings about, so each turn waits for it.
  private func turn(until condition: () -> Bool) {
    let deadline = ContinuousClock.now + .seconds(20)
    while !condition(), ContinuousClock.now < deadline { loop.runOnce() }
  }

  private func publish(_ count: Int, _ kind: EventKind = .vmReset) {
    loop.submit { [hub] in
      hub.assumeIsolated { hub in
        for _ in 0..<count { hub.publish(EventDraft(kind, subject: Subject(.vm, "x"), source: .hub)) }
      }
    }
    settle()
  }

  private func request(
    after start: DeliveryRequest.Start, filter: EventFilter = .everything, user: UInt32 = 1000,
    window: DeliveryAmount = Self.window, timeout: Duration? = nil, patience: DeliveryAmount? = nil
  ) -> DeliveryRequest {
    DeliveryRequest(
      filter: filter, start: start, user: user, window: window, page: DeliveryAmount(events: 7, bytes: 1 << 20),
      acknowledgementTimeout: timeout, patience: patience)
  }

  private func open(_ request: DeliveryRequest, _ inbox: Inbox? = nil) -> Result<DeliveryID, DeliveryRefusal> {
    let inbox = inbox ?? self.inbox
    let result = Mutex<Result<DeliveryID, DeliveryRefusal>?>(nil)
    onDesk { desk in
      let opened = Result { () throws(DeliveryRefusal) in
        try desk.open(request) { inbox.take($0) }.id
      }
      result.withLock { $0 = opened }
    }
    return result.withLock(\.self) ?? .failure(.ended)
  }

  @Test func `replay from the log and live from memory are one stream`() throws {
    publish(30)
    _ = try open(request(after: .after(3))).get()
    publish(12)
    publish(1)
    #expect(inbox.sequences == Array(4...43))
    #expect(inbox.batches.allSatisfy { $0.events.count <= 7 })
    #expect(inbox.batches.map(\.first) == inbox.batches.map { $0.events[0].sequence })
  }

  @Test func `oldest begins with what is held, now with what comes`() throws {
    publish(60)
    _ = try open(request(after: .oldest)).get()
    let late = Inbox()
    _ = try open(request(after: .now), late).get()
    publish(2)
    #expect(inbox.sequences == Array(11...62))
    #expect(late.sequences == [61, 62])
  }

  @Test func `a cursor that is too old, from another instance or from the future is refused`() throws {
    publish(60)
    #expect(open(request(after: .after(9))) == .failure(.expired(oldest: 11)))
    #expect(open(request(after: .after(61))) == .failure(.foreign(hub.instance)))
    #expect(open(request(after: .after(.max))) == .failure(.foreign(hub.instance)))
    var foreign = request(after: .after(20))
    foreign.instance = .random()
    #expect(open(foreign) == .failure(.foreign(hub.instance)))
    foreign.instance = hub.instance
    _ = try open(foreign).get()
  }

  @Test func `each user and all together have a limit, and who leaves makes room`() throws {
    let first = try open(request(after: .now)).get()
    _ = try open(request(after: .now)).get()
    #expect(open(request(after: .now)) == .failure(.limitReached("subscriptions.max-per-user", 2)))
    _ = try open(request(after: .now, user: 1001)).get()
    #expect(open(request(after: .now, user: 1002)) == .failure(.limitReached("subscriptions.max", 3)))
    onDesk { $0.close(first) }
    onDesk { $0.close(first) }
    _ = try open(request(after: .now)).get()
    #expect(open(request(after: .now, user: 1001)) == .failure(.limitReached("subscriptions.max", 3)))
  }

  @Test func `who is overtaken by retention is told the exact gap`() throws {
    publish(1)
    let id = try open(request(after: .after(0), window: DeliveryAmount(events: 1, bytes: 1 << 20))).get()
    publish(99)
    onDesk { desk in
      desk.setWindow(id, Self.window)
      do throws(DeliveryRefusal) {
        try desk.acknowledge(id, through: 1)
      } catch {
        Issue.record("\(error)")
      }
    }
    #expect(inbox.gaps == [PublishedGap(first: 2, last: 50, reason: "expired")])
    #expect(inbox.sequences == [1] + Array(51...100))
  }

  @Test func `nothing is held for a consumer that waits`() throws {
    let id = try open(request(after: .now, window: DeliveryAmount(events: 2, bytes: 1 << 20))).get()
    publish(30)
    #expect(inbox.sequences == [1, 2])
    onDesk { desk in
      #expect(desk.status(id) == DeliveryStatus(state: "waiting", delivered: 2, lag: 28))
    }
  }

  @Test func `a filter that nothing passes lets the position go on`() throws {
    let filter = EventFilter(kinds: [.vmStatePaused], subjects: nil)
    let id = try open(request(after: .now, filter: filter)).get()
    publish(25)
    publish(1, .vmStatePaused)
    #expect(inbox.batches.map(\.first) == [1])
    #expect(inbox.sequences == [26])
    onDesk { #expect($0.status(id) == DeliveryStatus(state: "live", delivered: 26, lag: 0)) }
  }

  @Test func `who does not acknowledge is suspended, told again, and resumes`() throws {
    let id = try open(request(after: .now, timeout: .milliseconds(5))).get()
    publish(3)
    turn { inbox.suspensions >= 2 }
    #expect(inbox.sequences == [1, 2, 3])
    publish(3)
    #expect(inbox.sequences == [1, 2, 3], "nothing comes while it is suspended")
    onDesk { desk in
      do throws(DeliveryRefusal) {
        try desk.acknowledge(id, through: 2)
      } catch {
        Issue.record("\(error)")
      }
    }
    #expect(inbox.sequences == [1, 2, 3, 3, 4, 5, 6])
    onDesk { desk in
      do throws(DeliveryRefusal) {
        try desk.acknowledge(id, through: 7)
        Issue.record("7 was never given")
      } catch {
        #expect(error == .neverGiven(7))
      }
    }
  }

  @Test func `what is postponed comes when it is released, what is refused comes by itself`() throws {
    let id = try open(request(after: .now)).get()
    inbox.receipt.withLock { $0 = .postponed }
    publish(2)
    #expect(inbox.sequences.isEmpty)
    inbox.receipt.withLock { $0 = .taken }
    onDesk { $0.release(id) }
    #expect(inbox.sequences == [1, 2])
    onDesk { $0.refused(id, from: 1) }
    turn { inbox.sequences.count == 4 }
    #expect(inbox.sequences == [1, 2, 1, 2])
  }

  @Test func `who takes nothing is let go with the number to come back with`() throws {
    let id = try open(
      request(
        after: .now, window: DeliveryAmount(events: 4, bytes: 1 << 20),
        patience: DeliveryAmount(events: 10, bytes: 1 << 20))
    ).get()
    for _ in 0..<3 { publish(4) }
    #expect(inbox.overflow == nil)
    publish(3)
    #expect(inbox.overflow == 4)
    onDesk { #expect($0.status(id) == nil) }
  }

  @Test func `a consumer that acknowledges at once does not hold up the loop`() throws {
    publish(45)
    let inbox = inbox
    loop.submit { [desk] in
      desk.assumeIsolated { desk in
        let id = try? desk.open(request(after: .oldest, window: DeliveryAmount(events: 7, bytes: 1 << 20))) { notice in
          if case .events(let batch) = notice, let id = inbox.id.withLock(\.self), let last = batch.events.last {
            // From inside the receiver.
            desk.assumeIsolated { try? $0.acknowledge(id, through: last.sequence) }
          }
          return inbox.take(notice)
        }.id
        inbox.id.withLock { $0 = id }
      }
    }
    var turns = 0
    while inbox.sequences.count < 45, turns < 1000 {
      turns += 1
      loop.submit {}
      loop.runOnce()
    }
    #expect(inbox.sequences == Array(1...45))
    #expect(turns >= 45 / 7, "one page a turn")
  }

  @Test func `a consumer that leaves inside its own notice hears nothing more`() throws {
    publish(20)
    let inbox = inbox
    onDesk { desk in
      let id = try? desk.open(request(after: .oldest)) { notice in
        if let id = inbox.id.withLock(\.self) { desk.assumeIsolated { $0.close(id) } }
        return inbox.take(notice)
      }.id
      inbox.id.withLock { $0 = id }
    }
    #expect(inbox.sequences == Array(1...7))
  }

  @Test func `the metrics tell states, pages and what befell the slow`() throws {
    _ = try open(request(after: .now)).get()
    publish(3)
    let text = Mutex("")
    onDesk { [hub] _ in text.withLock { $0 = hub.assumeIsolated { $0.metrics() } } }
    #expect(text.withLock(\.self).contains("vireo_consumers{state=\"live\"} 1"))
    #expect(text.withLock(\.self).contains("vireo_consumer_events_total 3"))
  }
}
