// SPDX-License-Identifier: Apache-2.0
// A history from its end to its beginning.

import VireoCommand

/// Reads a history from its end to its beginning, a stretch at a time.
struct HistoryBackwards {
  /// How many events are asked for at once; what of a page reaches beyond the stretch was told before.
  private static let pageLength = 500

  private let client: HubClient
  private let query: EventQuery
  private var reading: BackwardReading
  /// How many items are still wanted; nil for all.
  private var remaining: Int?

  /// Reads what the query asks for, up to the head that it knows, and of that the last `count` items.
  init(client: HubClient, query: EventQuery, count: Int?) {
    self.client = client
    self.query = query
    remaining = count
    reading = BackwardReading(
      floor: query.after, head: query.position.head, count: query.isOpen ? count : nil)
  }

  /// The next items, newest first; nil when there are no more.
  mutating func next() async throws(ToolError) -> [StreamItem]? {
    guard remaining != 0, let stretch = reading.stretch else { return nil }
    var reader = try EventReader(client: client, query: query)
    reader.seek(to: stretch.start)
    var items: [StreamItem] = []
    var isCut = false
    while reader.position < stretch.end {
      let limit = min(HistoryBackwards.pageLength, Int(clamping: stretch.end - reader.position))
      let page = try await reader.next(limit: limit)
      items += page.items.filter { $0.firstNumber <= stretch.end }
      if items.count > BackwardReading.itemLimit {
        items.removeFirst(items.count - BackwardReading.itemLimit)
        isCut = true
      }
      if page.isEnd { break }
    }
    var told = reading.take(items, isCut: isCut)
    if let left = remaining {
      told.removeLast(max(told.count - left, 0))
      remaining = left - told.count
    }
    return told
  }
}
