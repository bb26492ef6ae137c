// SPDX-License-Identifier: Apache-2.0
// What the hub needs of a log of events; the journal and the log in memory are two of them.

/// What the hub hands to the log at the end of a turn: the events, and what the registry looks like after them.
public struct LogBatch: Sendable {
  /// The events, in order, without a hole.
  public var events: [Event]
  /// The objects that the events changed, as they are after the last of them.
  public var objects: [HubObject]
  /// The objects that are gone after them.
  public var removed: [Subject]

  /// A batch of those parts.
  public init(events: [Event], objects: [HubObject] = [], removed: [Subject] = []) {
    self.events = events
    self.objects = objects
    self.removed = removed
  }
}

/// How the log took a batch.
public enum LogOutcome: Sendable {
  /// The events are in the log.
  case accepted
  /// The log could not keep the events; they go on without it. The text says why.
  case notDurable(String)
}

/// Why the log cannot answer.
public enum LogError: Error, Hashable, Sendable {
  /// The events right after that cursor are not held: retention took them, or they never came into the log. The oldest
  /// event after the cursor that is held has this sequence.
  case expired(oldest: UInt64)
  /// The log cannot be read now; the text says why.
  case unavailable(String)
}

/// What a consumer asks of the log.
public struct LogQuery: Sendable {
  /// Only events after this sequence.
  public var after: UInt64
  /// At most this many events.
  public var limit: Int
  /// At most about this many bytes of events.
  public var byteLimit: Int
  /// Only events that pass.
  public var filter: EventFilter

  /// A query.
  public init(after: UInt64, limit: Int, byteLimit: Int = .max, filter: EventFilter = .everything) {
    self.after = after
    self.limit = limit
    self.byteLimit = byteLimit
    self.filter = filter
  }
}

/// A stretch of the log.
public struct LogPage: Sendable {
  /// The events that passed, in order.
  public var events: [Event]
  /// Up to which sequence the log was searched: the cursor for the next page.
  public var searched: UInt64

  /// A page.
  public init(events: [Event], searched: UInt64) {
    self.events = events
    self.searched = searched
  }
}

/// What a log held when it was opened.
public struct LogContents: Sendable {
  /// The identity of the log.
  public var instance: InstanceID
  /// The newest sequence ever given out; 0 when none was.
  public var head: UInt64
  /// The oldest sequence held; `head` + 1 when none is.
  public var oldest: UInt64
  /// The objects as they were after the newest event.
  public var objects: [HubObject]
  /// When the newest event was recorded; nil when there is none.
  public var lastRecorded: Timestamp?
  /// That the host was started anew after the log was last written; nil when it was not, or nobody knows.
  public var reboot: HostReboot?
  /// What the hub should say about the opening, such as that a corrupt journal was set aside.
  public var remarks: [EventDraft]

  /// Contents from their parts.
  public init(
    instance: InstanceID, head: UInt64, oldest: UInt64, objects: [HubObject] = [], lastRecorded: Timestamp? = nil,
    reboot: HostReboot? = nil, remarks: [EventDraft] = []
  ) {
    self.instance = instance
    self.head = head
    self.oldest = oldest
    self.objects = objects
    self.lastRecorded = lastRecorded
    self.reboot = reboot
    self.remarks = remarks
  }
}

/// A log of events in order.
///
/// No call waits for a disk. Completions may come on any thread, and before the call returns; those of `append` come in
/// the order of the calls.
public protocol EventLog: Sendable {
  /// What the log held when it was opened.
  var contents: LogContents { get }
  /// The oldest sequence held now; one more than the newest when none is held.
  var oldest: UInt64 { get }
  /// Takes a batch. The caller waits for the completion before it hands over the next one.
  ///
  /// A batch of nothing asks whether the log keeps events now.
  func append(_ batch: LogBatch, completion: @escaping @Sendable (LogOutcome) -> Void)
  /// Reads a stretch.
  ///
  /// No page goes past a missing stretch: it ends before it, and a read that begins in one fails with `expired`. So a
  /// reader that follows `searched` meets every event or is told which are missing.
  func read(_ query: LogQuery, completion: @escaping @Sendable (Result<LogPage, LogError>) -> Void)
  /// Finds the last event recorded before a moment: the cursor from which everything since then follows.
  func findCursor(_ time: Timestamp, completion: @escaping @Sendable (Result<UInt64, LogError>) -> Void)
  /// Ends the log's work; what was appended before is kept. The completion comes when nothing is under way any more.
  func close(completion: @escaping @Sendable () -> Void)
}
