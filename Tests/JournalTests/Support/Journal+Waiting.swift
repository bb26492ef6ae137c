// SPDX-License-Identifier: Apache-2.0
// The journal's calls, waited for.

import EventModel
import Journal

extension Journal {
  /// Appends, and waits for the outcome.
  func append(_ events: [Event], objects: [HubObject] = [], removed: [Subject] = []) async -> LogOutcome {
    await withCheckedContinuation { continuation in
      append(LogBatch(events: events, objects: objects, removed: removed)) { continuation.resume(returning: $0) }
    }
  }

  /// Reads one page.
  func read(
    after: UInt64, limit: Int = .max, byteLimit: Int = .max, filter: EventFilter = .everything
  ) async throws(LogError) -> LogPage {
    try await withCheckedContinuation { continuation in
      read(LogQuery(after: after, limit: limit, byteLimit: byteLimit, filter: filter)) {
        continuation.resume(returning: $0)
      }
    }.get()
  }

  /// Reads page after page to the end; the number of pages comes along.
  func readAll(
    after: UInt64 = 0, through end: UInt64, limit: Int = .max, filter: EventFilter = .everything
  ) async throws -> (events: [Event], pages: Int) {
    var (events, pages, cursor): ([Event], Int, UInt64) = ([], 0, after)
    while cursor < end {
      let page = try await read(after: cursor, limit: limit, filter: filter)
      guard page.searched > cursor else { throw StandsStill(cursor: cursor) }
      events += page.events
      cursor = page.searched
      pages += 1
    }
    return (events, pages)
  }

  /// Finds a cursor.
  func findCursor(_ time: Timestamp) async throws(LogError) -> UInt64 {
    try await withCheckedContinuation { continuation in
      findCursor(time) { continuation.resume(returning: $0) }
    }.get()
  }

  /// Closes, and waits for the end.
  func close() async {
    await withCheckedContinuation { continuation in
      close { continuation.resume() }
    }
  }
}

/// A page that does not get further.
struct StandsStill: Error {
  let cursor: UInt64
}

extension LogOutcome {
  var isAccepted: Bool { if case .accepted = self { true } else { false } }
  var refusal: String? { if case .notDurable(let text) = self { text } else { nil } }
}
