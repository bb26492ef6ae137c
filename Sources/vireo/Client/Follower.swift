// SPDX-License-Identifier: Apache-2.0
// From the hub to the printer: the past, and what happens.

import EventModel
import VireoCommand

/// From the hub to the printer: the past page by page, what happens by a stream or, where no descriptor can be passed, page
/// by page whenever the hub's signals tell that there is more.
struct Follower {
  let client: HubClient
  let query: EventQuery
  let doorbell: Doorbell
  let printer: EventPrinter
  private(set) var reader: EventReader
  /// Whether everything that there is was read.
  private(set) var isAtEnd = false
  /// How many events are still to be printed; nil for all.
  var remaining: Int?
  private var instance: InstanceID?
  private var streams: Bool

  init(client: HubClient, query: EventQuery, doorbell: Doorbell, printer: EventPrinter) throws(ToolError) {
    self.client = client
    self.query = query
    self.doorbell = doorbell
    self.printer = printer
    reader = try EventReader(client: client, query: query)
    instance = query.position.instance
    streams = client.passesDescriptors
  }

  /// Prints the next page.
  ///
  /// - Returns: whether that was all: as many as were asked for, or the end of the time asked for.
  mutating func printNext() async throws -> Bool {
    let page = try await reader.next()
    isAtEnd = page.isEnd
    return try await print(page)
  }

  /// Prints the last events of the past, at most so many, and stands then where the hub stood when it was asked.
  mutating func printLast(_ count: Int) async throws {
    if reader.hasGap { _ = try await print(try reader.accept("")) }
    let position = max(query.position.head, reader.position)
    var query = query
    query.gap = nil
    let items = try await HistoryTail(client: client, query: query).items(count)
    reader.seek(to: position)
    try await printer.print(items, position: position)
  }

  /// Prints the past from its end to its beginning, at most so many items of it.
  ///
  /// Only when all of it is printed is it dealt with: who is ended before that begins anew where this one began.
  func printBackwards(_ count: Int?) async throws {
    var query = query
    query.gap = nil
    var history = HistoryBackwards(client: client, query: query, count: count)
    while let items = try await history.next() { try await printer.print(items, position: query.after) }
    let gap = self.query.gap.map { [StreamItem.gap($0)] } ?? []
    try await printer.print(gap, position: max(query.position.head, query.after))
  }

  /// Prints what happens, until the hub goes away.
  ///
  /// - Returns: whether that was all.
  mutating func printWhatHappens() async throws -> Bool {
    while streams {
      // A gap is told now, and not with the next event, which may be long in coming.
      if reader.hasGap, try await print(try reader.accept("")) { return true }
      let feed: StreamFeed
      do throws(ToolError) {
        feed = try await StreamFeed.open(query, after: reader.position, instance: instance, client: client)
      } catch {
        switch error.cause {
        case .away: throw error
        case .foreign: try await meetAgain()
        case .expired: if try await printNext() { return true }
        default:
          // An older hub, or one whose streams are all taken: its history can still be read.
          streams = false
          await doorbell.listen(to: query.kinds)
        }
        continue
      }
      return try await print(feed)
    }
    while true {
      if try await printNext() { return true }
      if isAtEnd { await doorbell.wait() }
      if await doorbell.takeDeparture() { return false }
    }
  }

  /// The hub was away: whether it is the same one, with the same journal, has to be seen.
  mutating func meetAgain() async throws(ToolError) {
    let position = try await client.position()
    guard position.instance != instance else { return }
    instance = position.instance
    reader.beginAnew()
    await printer.changeInstance(instance)
  }

  private mutating func print(_ feed: StreamFeed) async throws -> Bool {
    while let lines = try await feed.next() {
      if try await print(try reader.accept(lines)) {
        await feed.close()
        return true
      }
    }
    // The stream ends a moment before the hub's name is free, or after.
    await doorbell.waitForDeparture(.seconds(1))
    return false
  }

  private mutating func print(_ page: EventPage) async throws -> Bool {
    var page = page
    if let left = remaining {
      page.cut(toEvents: left)
      remaining = left - page.eventCount
    }
    try await printer.print(page.items, position: page.position)
    return remaining == 0 || page.isPast
  }
}
