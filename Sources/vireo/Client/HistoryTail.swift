// SPDX-License-Identifier: Apache-2.0
// The last events of a history, found from its end.

import VireoCommand

/// Finds the last events of a history, from its end backwards.
///
/// The hub reads forwards. What passes the filters is sought in ever larger stretches before the end, so that little is read
/// where much passes. How much larger follows from what the last one cost. What the hub passes over by its index costs next to
/// nothing, and so even the beginning of a long history is only a few calls away; where the tool has to look at all events
/// itself, less is read than two and a half times the history.
struct HistoryTail {
  private static let firstStretch: UInt64 = 1000
  /// How many times as large the next stretch is, when the last one was a page at most, and when it was more.
  private static let growth: (afterPage: UInt64, afterPages: UInt64) = (16, 4)

  /// A stretch up to the head as it was read.
  private struct Stretch {
    var items: [StreamItem] = []
    /// How many pages of events the hub sent.
    var pages = 0
    /// After which number the hub has nothing to send, up to the head: so far and no further a larger stretch is read.
    var end: UInt64
  }

  let client: HubClient
  let query: EventQuery

  /// The last items up to the head that the query knows, at most so many events, in order.
  func items(_ count: Int) async throws(ToolError) -> [StreamItem] {
    let (floor, head) = (query.after, query.position.head)
    guard count > 0, head > floor else { return [] }
    var length = query.isOpen ? UInt64(count) : max(UInt64(count), HistoryTail.firstStretch)
    var end = head
    while true {
      let start = head - floor > length ? head - length : floor
      let stretch = try await read(from: start, to: end, last: count)
      if stretch.items.count >= count || start == floor { return stretch.items }
      end = stretch.end
      let growth = stretch.pages > 1 ? HistoryTail.growth.afterPages : HistoryTail.growth.afterPage
      length = min(length, .max / growth) * growth
    }
  }

  /// The same, events only.
  func last(_ count: Int) async throws(ToolError) -> [EventRecord] {
    try await items(count).compactMap { if case .event(let event) = $0 { event } else { nil } }
  }

  /// Reads what comes after a number, up to another after which there is nothing, and keeps the last items.
  private func read(from start: UInt64, to end: UInt64, last count: Int) async throws(ToolError) -> Stretch {
    var reader = try EventReader(client: client, query: query)
    reader.seek(to: start)
    var stretch = Stretch(end: end)
    var lastEvent = start
    while reader.position < end {
      let page = try await reader.next()
      stretch.items += page.items.filter { item in
        // What has happened since the head was asked for is somebody else's to read.
        if case .event(let event) = item { event.sequence <= query.position.head } else { true }
      }
      if stretch.items.count > count { stretch.items.removeFirst(stretch.items.count - count) }
      if page.isPast { break }
      if page.isEnd {
        stretch.end = lastEvent
        break
      }
      lastEvent = reader.position
      stretch.pages += 1
    }
    return stretch
  }
}
