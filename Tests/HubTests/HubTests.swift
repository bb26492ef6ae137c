// SPDX-License-Identifier: Apache-2.0
// The hub on a real loop, with a log that answers when the test says so.

import EventLoop
import EventModel
import Hub
import Synchronization
import Testing

/// A log whose answers the test gives.
private final class HeldLog: EventLog {
  let contents: LogContents
  let waiting = Mutex<[(LogBatch, @Sendable (LogOutcome) -> Void)]>([])

  init(contents: LogContents = LogContents(instance: .random(), head: 0, oldest: 1)) {
    self.contents = contents
  }

  var oldest: UInt64 { 1 }

  func append(_ batch: LogBatch, completion: @escaping @Sendable (LogOutcome) -> Void) {
    waiting.withLock { $0.append((batch, completion)) }
  }

  func answer(_ outcome: LogOutcome) -> LogBatch? {
    let first = waiting.withLock { $0.isEmpty ? nil : $0.removeFirst() }
    first?.1(outcome)
    return first?.0
  }

  func read(_ query: LogQuery, completion: @escaping @Sendable (Result<LogPage, LogError>) -> Void) {
    completion(.failure(.unavailable("held")))
  }

  func findCursor(_ time: Timestamp, completion: @escaping @Sendable (Result<UInt64, LogError>) -> Void) {
    completion(.success(0))
  }

  func close(completion: @escaping @Sendable () -> Void) { completion() }
}

/// A sink that remembers.
private final class Recorder: EventSink {
  let batches = Mutex<[PublishedBatch]>([])

  nonisolated func publish(_ batch: PublishedBatch) {
    batches.withLock { $0.append(batch) }
  }

  var events: [Event] { batches.withLock { $0.flatMap(\.events) } }
  var kinds: [EventKind] { events.map(\.kind) }
}

@Suite("Hub: the life of an event")
struct HubTests {
  private let loop: EventLoop
  private let log: HeldLog
  private let hub: Hub
  private let recorder = Recorder()
  private let machine = Subject(.vm, "web01")

  init() throws {
    loop = try EventLoop()
    log = HeldLog()
    hub = Hub(loop: loop, log: log, probeInterval: .milliseconds(1))
    onLoop { [recorder] in $0.addSink(recorder) }
  }

  /// Runs work inside the hub, on the loop, and the turn that it belongs to.
  private func onLoop(_ work: @escaping @Sendable (isolated Hub) -> Void) {
    loop.submit { [hub] in hub.assumeIsolated(work) }
    loop.runOnce()
    loop.submit {}
    loop.runOnce()
  }

  private func answer(_ outcome: LogOutcome) -> LogBatch? {
    let batch = log.answer(outcome)
    onLoop { _ in }
    return batch
  }

  @Test func `nothing is public before the log has taken it`() {
    onLoop { [machine] in
      $0.addObject(HubObject(machine, [.name: "web01", .state: "running"]))
      $0.publish(EventDraft(.vmReset, subject: machine, source: .hub))
    }
    #expect(recorder.events.isEmpty)
    #expect(answer(.accepted)?.events.map(\.sequence) == [1])
    #expect(recorder.events.map(\.sequence) == [1])
    #expect(recorder.batches.withLock { $0.first?.added.map(\.subject) } == [machine])
  }

  @Test func `an event carries the state after it, and the object its number`() {
    onLoop { [machine] in
      $0.addObject(HubObject(machine, [.name: "web01", .state: "running"]))
      $0.publish(
        EventDraft(
          .vmStatePaused, subject: machine, source: .hub, time: Timestamp(microseconds: 77),
          changes: [.state: "paused", .reason: "user"]))
      #expect($0.object(machine)?.state == "paused")
      #expect($0.object(machine)?.stateSince.microseconds == 77)
      #expect($0.object(machine)?.lastEvent == 1)
    }
    _ = answer(.accepted)
    #expect(recorder.events.first?.data["state"] == "paused")
    #expect(recorder.events.first?.name == "web01")
    #expect(recorder.events.first?.time.microseconds == 77)
  }

  @Test func `what a turn brings is one batch, in order, with the objects after it`() {
    onLoop { [machine] in
      $0.addObject(HubObject(machine, [.name: "web01", .state: "running"]))
      for _ in 1...5 { $0.publish(EventDraft(.vmReset, subject: machine, source: .hub)) }
    }
    let batch = answer(.accepted)
    #expect(batch?.events.map(\.sequence) == [1, 2, 3, 4, 5])
    #expect(batch?.objects.map(\.lastEvent) == [5])
    #expect(log.waiting.withLock { $0.isEmpty })
  }

  @Test func `a log that cannot keep events marks them, and its recovery is told`() {
    onLoop { $0.publish(EventDraft(.hubStarted, subject: .hub, source: .hub)) }
    _ = answer(.notDurable("disk full"))
    #expect(recorder.events.first?.data["durable"] == false)
    _ = answer(.notDurable("disk full"))
    #expect(recorder.kinds == [.hubStarted, .hubJournalDegraded])
    onLoop { $0.publish(EventDraft(.hubConfigReloaded, subject: .hub, source: .hub)) }
    _ = answer(.accepted)
    _ = answer(.accepted)
    #expect(recorder.kinds == [.hubStarted, .hubJournalDegraded, .hubConfigReloaded, .hubJournalRecovered])
    #expect(recorder.events.map(\.sequence) == [1, 2, 3, 4])
  }

  @Test func `the recovery of the log is told although nothing else happens`() {
    onLoop { $0.publish(EventDraft(.hubStarted, subject: .hub, source: .hub)) }
    _ = answer(.notDurable("disk full"))
    _ = answer(.notDurable("disk full"))
    for outcome in [LogOutcome.notDurable("disk full"), .accepted] {
      // The hub asks with a batch of nothing, and hands over no other until it is answered.
      while log.waiting.withLock({ $0.isEmpty }) { loop.runOnce() }
      if case .accepted = outcome { onLoop { $0.publish(EventDraft(.hubConfigReloaded, subject: .hub, source: .hub)) } }
      #expect(log.waiting.withLock { $0.map(\.0.events.count) } == [0])
      _ = answer(outcome)
    }
    #expect(answer(.accepted)?.events.map(\.kind) == [.hubConfigReloaded, .hubJournalRecovered])
    #expect(recorder.kinds.suffix(2) == [.hubConfigReloaded, .hubJournalRecovered])
    #expect(recorder.events.last?.data["first"] == .uint(4))
    #expect(recorder.events.last?.data["durable"] == nil)
  }

  @Test func `an object that is removed is told after its last event`() {
    onLoop { [machine] in $0.addObject(HubObject(machine, [.name: "web01"])) }
    onLoop { [machine] in
      $0.removeObject(machine, event: EventDraft(.vmRemoved, subject: machine, source: .hub))
      #expect($0.object(machine) == nil)
    }
    let batch = answer(.accepted)
    #expect(batch?.removed == [machine])
    #expect(recorder.batches.withLock { $0.last?.removed } == [machine])
    #expect(recorder.events.last?.name == "web01")
  }

  @Test func `the hub is idle only when everything stamped is public`() {
    let idle = Mutex(false)
    onLoop { hub in
      hub.publish(EventDraft(.hubStopping, subject: .hub, source: .hub))
      hub.whenIdle { idle.withLock { $0 = true } }
    }
    #expect(!idle.withLock { $0 })
    _ = answer(.accepted)
    #expect(idle.withLock { $0 })
  }

  @Test func `a hub that was there before says since when it was blind, and goes on counting`() throws {
    let restored = HubObject(machine, [.name: "web01", .state: "running"])
    let log = HeldLog(
      contents: LogContents(
        instance: .random(), head: 41, oldest: 3, objects: [restored], lastRecorded: Timestamp(microseconds: 1000)))
    let hub = Hub(loop: loop, log: log)
    loop.submit { hub.assumeIsolated { $0.start(version: "1", processID: 2) } }
    loop.runOnce()
    loop.submit {}
    loop.runOnce()
    let batch = try #require(log.answer(.accepted))
    #expect(batch.events.map(\.sequence) == [42, 43])
    #expect(batch.events.map(\.kind) == [.hubGap, .hubStarted])
    #expect(batch.events[0].data["from"] == "1970-01-01T00:00:00.001000Z")
    #expect(hub.restored == [restored])
  }

  @Test func `what the log says of its opening comes first, and one gap is enough`() throws {
    let gap = EventDraft(.hubGap, subject: .hub, source: .hub, data: ["first": .uint(42), "last": .uint(99)])
    let source = HubObject(Subject(.source, "qmp:gone"), [.name: "qmp:gone"])
    let log = HeldLog(
      contents: LogContents(
        instance: .random(), head: 99, oldest: 3, objects: [source], lastRecorded: Timestamp(microseconds: 1000),
        remarks: [gap]))
    let hub = Hub(loop: loop, log: log)
    loop.submit { hub.assumeIsolated { $0.start(version: "1", processID: 2) } }
    loop.runOnce()
    loop.submit {}
    loop.runOnce()
    let batch = try #require(log.answer(.accepted))
    #expect(batch.events.map(\.sequence) == [100, 101])
    #expect(batch.events.map(\.kind) == [.hubGap, .hubStarted])
    // A source that does not come again goes from the log.
    #expect(batch.removed == [source.subject])
  }

  @Test func `a device of thousands of machines does not make an event larger than the limit`() throws {
    let device = Subject(.device, "/sys/devices/virtual/net/br0")
    let paths = (0..<4000).map { Value.string("/org/vireo/Hub1/vm/machine_\($0)") }
    onLoop { hub in
      hub.addObject(HubObject(device, [.name: "br0", .vms: .list(paths)]))
      hub.publish(EventDraft(.deviceChanged, subject: device, source: .hub, data: ["subsystem": "net"]))
    }
    _ = answer(.accepted)
    let event = try #require(recorder.events.last)
    #expect(event.data == ["subsystem": "net", "truncated": true])
    #expect(event.json(instance: .random()).utf8.count < EventLimits.jsonBytes)
  }

  @Test func `a source's events are counted on its object`() {
    let source = Subject(.source, "qmp:web01")
    onLoop { [machine] in
      $0.addObject(HubObject(source, [.name: "qmp:web01", .kind: "qmp", .state: "up"]))
      $0.publish(EventDraft(.vmReset, subject: machine, source: source))
      $0.publish(EventDraft(.vmReset, subject: machine, source: source))
      #expect($0.object(source)?[.events] == .uint(2))
    }
  }
}
