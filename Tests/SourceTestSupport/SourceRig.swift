// SPDX-License-Identifier: Apache-2.0
// A hub on a running loop, for the tests of the sources.

public import EventLoop
public import EventModel
import Foundation
public import Hub
public import TestSupport

/// A hub with a log in memory on a loop that runs in a thread of its own, and all that it published.
///
/// The loop ends with the last reference.
public final class SourceRig: Sendable {
  /// The loop.
  public let loop: EventLoop
  /// The hub.
  public let hub: Hub
  /// Everything published, in order.
  public let events = TestSupport.Recorder<Event>()
  /// Every object that came or changed, as it was then, in order.
  public let changes = TestSupport.Recorder<HubObject>()

  /// A rig whose log already held those objects when it was opened.
  ///
  /// A log that is stuck takes events and never says so: nothing becomes public.
  public init(restored: [HubObject] = [], isLogStuck: Bool = false) throws {
    loop = try EventLoop()
    let log = ReopenedLog(objects: restored, isStuck: isLogStuck)
    hub = Hub(loop: loop, log: log)
    let sink = Sink(events: events, changes: changes)
    loop.submit { [hub] in hub.assumeIsolated { $0.addSink(sink) } }
    let thread = Thread { [loop] in loop.run() }
    thread.name = "source-rig"
    thread.start()
  }

  deinit { loop.stop() }

  /// Runs something on the loop and gives its result.
  public func onLoop<Result: Sendable>(_ body: @escaping @Sendable () -> Result) async -> Result {
    await withCheckedContinuation { continuation in loop.submit { continuation.resume(returning: body()) } }
  }

  /// An object of the registry.
  public func object(_ subject: Subject) async -> HubObject? {
    await onLoop { [hub] in hub.assumeIsolated { $0.object(subject) } }
  }

  /// All objects of a category.
  public func objects(_ category: Subject.Category) async -> [HubObject] {
    await onLoop { [hub] in hub.assumeIsolated { $0.objects(category) } }
  }

  /// Waits for an event.
  @discardableResult
  public func event(
    _ kind: EventKind, from start: Int = 0, within limit: Duration = Patience.standard,
    where matches: @escaping @Sendable (Event) -> Bool = { _ in true }
  ) async throws -> Event {
    try await events.first("\(kind.name)", from: start, within: limit) { $0.kind == kind && matches($0) }
  }

  /// The events of a kind until now.
  public func all(_ kind: EventKind) -> [Event] { events.all.filter { $0.kind == kind } }
}

private final class Sink: EventSink {
  let events: TestSupport.Recorder<Event>
  let changes: TestSupport.Recorder<HubObject>

  init(events: TestSupport.Recorder<Event>, changes: TestSupport.Recorder<HubObject>) {
    self.events = events
    self.changes = changes
  }

  nonisolated func publish(_ batch: PublishedBatch) {
    events.append(contentsOf: batch.events)
    changes.append(contentsOf: batch.added + batch.changed.map(\.object))
  }
}

/// A log that was opened with objects of an earlier run in it.
private final class ReopenedLog: EventLog {
  let contents: LogContents
  private let log: MemoryLog
  private let isStuck: Bool

  init(objects: [HubObject], isStuck: Bool) {
    log = MemoryLog()
    self.isStuck = isStuck
    contents = LogContents(instance: log.contents.instance, head: 0, oldest: 1, objects: objects)
  }

  var oldest: UInt64 { log.oldest }

  func append(_ batch: LogBatch, completion: @escaping @Sendable (LogOutcome) -> Void) {
    if !isStuck { log.append(batch, completion: completion) }
  }

  func read(_ query: LogQuery, completion: @escaping @Sendable (Result<LogPage, LogError>) -> Void) {
    log.read(query, completion: completion)
  }

  func findCursor(_ time: Timestamp, completion: @escaping @Sendable (Result<UInt64, LogError>) -> Void) {
    log.findCursor(time, completion: completion)
  }

  func close(completion: @escaping @Sendable () -> Void) { log.close(completion: completion) }
}
