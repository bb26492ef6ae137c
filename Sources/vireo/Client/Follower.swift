// SPDX-License-Identifier: Apache-2.0
// From the hub to the printer, page by page.

import VireoCommand

/// From the hub to the printer, page by page.
struct Follower {
  let client: HubClient
  let query: EventQuery
  var reader: EventReader
  let doorbell: Doorbell
  let printer: EventPrinter
  /// Whether everything that there is was read.
  private(set) var isAtEnd = false

  init(client: HubClient, query: EventQuery, reader: EventReader, doorbell: Doorbell, printer: EventPrinter) {
    self.client = client
    self.query = query
    self.reader = reader
    self.doorbell = doorbell
    self.printer = printer
  }

  /// Prints the next page; `remaining` counts down.
  ///
  /// - Returns: whether that was all: as many as were asked for, or the end of the time asked for.
  mutating func printNext(_ remaining: inout Int?) async throws -> Bool {
    var page = try await reader.next()
    isAtEnd = page.isEnd
    if let left = remaining {
      page.cut(toEvents: left)
      remaining = left - page.eventCount
    }
    try await printer.print(page.items, position: page.position)
    return remaining == 0 || page.isPast
  }

  /// Prints the last events of the past, at most so many, and stands then where the hub stood when it was asked.
  mutating func printLast(_ count: Int) async throws {
    let head = query.position.head
    let items = try await HistoryTail(client: client, query: query).items(count)
    let position = max(head, reader.position)
    reader.seek(to: position)
    try await printer.print(items, position: position)
  }

  /// The hub was away: whether it is the same one, with the same journal, has to be seen.
  mutating func meetAgain() async throws(ToolError) {
    let position = try await client.position()
    guard position.instance != query.position.instance else { return }
    reader.beginAnew()
    await printer.changeInstance(position.instance)
  }
}
