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

  let client: HubClient
  let query: EventQuery

  /// The last items up to the head that the query knows, at most so many events, in order.
  func items(_ count: Int) async throws(ToolError) -> [StreamItem] {
    let (floor, head) = (query.after, query.position.head)
    guard count > 0, head > floor else { return [] }
    var stretch = query.isOpen ? UInt64(count) : max(UInt64(count), HistoryTail.firstStretch)
    while true {
      let start = head - floor > stretch ? head - stretch : floor
      let (items, pages) = try await items(from: start, count)
      if items.count >= count || start == floor { return items }
      let growth = pages > 1 ? HistoryTail.growth.afterPages : HistoryTail.growth.afterPage
      stretch = min(stretch, .max / growth) * growth
    }
  }

  /// The same, events only.
  func last(_ count: Int) async throws(ToolError) -> [EventRecord] {
    try await items(count).compactMap { if case .event(let event) = $0 { event } else { nil } }
  }

  /// The last items after a number, and how many pages of events the hub had to send for them.
  private func items(from start: UInt64, _ count: Int) async throws(ToolError) -> ([StreamItem], pages: Int) {
    var reader = try EventReader(client: client, query: query)
    reader.seek(to: start)
    var items: [StreamItem] = []
    var pages = 0
    while reader.position < query.position.head {
      let page = try await reader.next()
      items += page.items.filter { item in
        // What has happened since the head was asked for is somebody else's to read.
        if case .event(let event) = item { event.sequence <= query.position.head } else { true }
      }
      if items.count > count { items.removeFirst(items.count - count) }
      if page.isEnd { break }
      pages += 1
    }
    return (items, pages)
  }
}
