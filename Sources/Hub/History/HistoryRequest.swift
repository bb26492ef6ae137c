// SPDX-License-Identifier: Apache-2.0
// What a client asks of the history.

public import EventModel

/// What a client asks of the history.
public struct HistoryRequest: Sendable {
  /// How many events a page has when the client names no number.
  public static let defaultCount = 1000
  /// How many events a page has at most, whatever the client asks for.
  public static let maximumCount = 10_000
  /// About how many bytes of events a page has at most.
  ///
  /// Whoever writes a reply holds it against this in the form that it has there, so that it stays below 1 MiB with one event
  /// more.
  public static let pageBytes = 640 << 10

  /// The cursor: only events after this number; 0 for the oldest held.
  public var after: UInt64
  /// How many events the client wants; 0 for the default.
  public var count: Int
  /// What passes.
  public var filter: EventFilter

  /// A request.
  public init(after: UInt64, count: Int, filter: EventFilter) {
    self.after = after
    self.count = count
    self.filter = filter
  }

  /// As a question to the log that holds this as its oldest.
  func query(oldest: UInt64) -> LogQuery {
    LogQuery(
      after: after == 0 ? oldest - 1 : after,
      limit: count == 0 ? HistoryRequest.defaultCount : min(count, HistoryRequest.maximumCount),
      byteLimit: HistoryRequest.pageBytes, filter: filter)
  }
}
