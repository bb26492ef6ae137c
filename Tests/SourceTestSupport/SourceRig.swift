// SPDX-License-Identifier: Apache-2.0
// A hub on a running loop, for the tests of the sources.

public import EventLoop
public import EventModel
public import Hub
import LoopTestSupport
public import TestSupport

/// A hub with a log in memory on a loop that runs in a thread of its own, and all that it published.
///
/// The loop ends with the last reference.
public final class SourceRig: Sendable {
  /// The loop.
  public var loop: EventLoop { thread.loop }
  private let thread: LoopThread
  /// The hub.
  public let hub: Hub
  /// Everything published, in order.
  public let events = TestSupport.Recorder<Event>()
  /// Every object that came or changed, as it was then, in order.
  public let changes = TestSupport.Recorder<HubObject>()

  /// A rig whose log may come from an earlier one that ended.
  public init(log: any EventLog = MemoryLog()) throws {
    thread = try LoopThread("source-rig")
    hub = Hub(loop: thread.loop, log: log)
    let sink = Sink(events: events, changes: changes)
    loop.submit { [hub] in hub.assumeIsolated { $0.addSink(sink) } }
  }

  /// A rig whose log already held those objects when it was opened.
  ///
  /// A log that is stuck takes events and never says so: nothing becomes public.
  public convenience init(restored: [HubObject], isLogStuck: Bool = false) throws {
    try self.init(log: ReopenedLog(objects: restored, isStuck: isLogStuck))
  }

  /// Runs something on the loop and gives its result.
  public func onLoop<Value: Sendable, Failure: Error>(
    _ body: @escaping @Sendable () throws(Failure) -> Value
  ) async throws(Failure) -> Value { try await thread.onLoop(body) }

  /// Runs something on the loop when its owner has gone; the loop goes on until then.
  public func finish(_ body: @escaping @Sendable () -> Void) { thread.finish(body) }

  /// An object of the registry.
  public func object(_ subject: Subject) async -> HubObject? {
    await onLoop { [hub] in hub.assumeIsolated { $0.object(subject) } }
  }

  /// All objects of a category.
  public func objects(_ category: Subject.Category) async -> [HubObject] {
    await onLoop { [hub] in hub.assumeIsolated { $0.objects(category) } }
  }

  /// Waits for an event of a kind, and gives it; when none comes, the failure tells all that came.
  @discardableResult
  public func event(
    _ kind: EventKind, from start: Int = 0, within limit: Duration = Patience.standard,
    where matches: @escaping @Sendable (Event) -> Bool = { _ in true }
  ) async throws -> Event {
    do {
      return try await events.first(kind.name, from: start, within: limit) { $0.kind == kind && matches($0) }
    } catch {
      let seen = events.all.map {
        "\($0.sequence) \($0.time.rfc3339) \($0.kind.name) \($0.name) \($0.data.map { "\($0.name)=\($0.value)" })"
      }
      throw TestFailure("no \(kind.name) came; seen:\n\(seen.joined(separator: "\n"))")
    }
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
public final class ReopenedLog: EventLog {
  /// What it held then.
  public let contents: LogContents
  private let log: MemoryLog
  private let isStuck: Bool

  /// A log with those objects, as they were when the newest event was recorded; perhaps the host was started anew since.
  public init(
    objects: [HubObject], lastRecorded: Timestamp? = nil, reboot: HostReboot? = nil, isStuck: Bool = false
  ) {
    log = MemoryLog()
    self.isStuck = isStuck
    contents = LogContents(
      instance: log.contents.instance, head: 0, oldest: 1, objects: objects, lastRecorded: lastRecorded, reboot: reboot)
  }

  /// The oldest sequence held.
  public var oldest: UInt64 { log.oldest }

  /// Takes a batch, unless it is stuck.
  public func append(_ batch: LogBatch, completion: @escaping @Sendable (LogOutcome) -> Void) {
    if !isStuck { log.append(batch, completion: completion) }
  }

  /// Reads a stretch.
  public func read(_ query: LogQuery, completion: @escaping @Sendable (Result<LogPage, LogError>) -> Void) {
    log.read(query, completion: completion)
  }

  /// Finds a moment.
  public func findCursor(_ time: Timestamp, completion: @escaping @Sendable (Result<UInt64, LogError>) -> Void) {
    log.findCursor(time, completion: completion)
  }

  /// Ends its work.
  public func close(completion: @escaping @Sendable () -> Void) { log.close(completion: completion) }
}
