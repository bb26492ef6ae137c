// SPDX-License-Identifier: Apache-2.0
// Reading the history of a hub, page by page.

import EventModel
import VireoCommand

/// A stretch of history as it was read.
struct EventPage: Sendable {
  /// What passed the filters, in order.
  var items: [StreamItem] = []
  /// Everything up to this number has been looked at.
  var position: UInt64
  /// Whether there is no more for now.
  var isEnd = false
  /// Whether the end of the time asked for is passed.
  var isPast = false

  /// The events.
  var events: [EventRecord] { items.compactMap { if case .event(let event) = $0 { event } else { nil } } }

  /// How many events there are.
  var eventCount: Int { items.count { if case .event = $0 { true } else { false } } }

  /// Keeps the first events only, and what stands between them.
  mutating func cut(toEvents count: Int) {
    var left = count
    for (place, item) in items.enumerated() {
      guard case .event(let event) = item else { continue }
      left -= 1
      guard left <= 0 else { continue }
      items.removeSubrange((place + 1)...)
      position = event.sequence
      return
    }
  }
}

/// Reads the history of a hub, page by page, and says what is missing.
///
/// Threading: lives on the loop, with the session that uses it.
struct EventReader {
  /// How many events are asked for at once; the hub also keeps a reply below 1 MiB.
  static let pageLength = 2000

  let client: HubClient
  let query: EventQuery
  private(set) var position: UInt64
  private var gap: GapRecord?
  private let reader: RecordBox

  /// A reader is used in one place at a time, and structures that hold it move between functions.
  private final class RecordBox {
    let reader: RecordReader
    init(_ reader: consuming RecordReader) { self.reader = reader }
  }

  init(client: HubClient, query: EventQuery) throws(ToolError) {
    self.client = client
    self.query = query
    position = query.after
    gap = query.gap
    do throws(RecordError) {
      reader = RecordBox(try RecordReader())
    } catch {
      throw ToolError("\(error)")
    }
  }

  /// Goes to another place.
  mutating func seek(to sequence: UInt64) { position = sequence }

  /// Says that the journal is another one: everything begins anew.
  mutating func beginAnew() {
    position = 0
    gap = GapRecord(first: nil, last: nil, reason: "journal-replaced")
  }

  /// A gap that is still to be told, before anything else.
  var hasGap: Bool { gap != nil }

  /// The next page.
  mutating func next(limit: Int = EventReader.pageLength) async throws(ToolError) -> EventPage {
    let reply: (text: String, head: UInt64)
    do throws(ToolError) {
      reply = try await client.lines(after: position, limit: limit, kinds: query.kinds, subject: query.subject)
    } catch {
      guard case .expired(let oldest) = error.cause else { throw error }
      return try await skipMissing(oldest)
    }
    var page = try accept(reply.text)
    if reply.text.isEmpty {
      // An empty reply means that everything up to the head was looked at.
      position = max(position, reply.head)
      page.position = position
      page.isEnd = true
    }
    return page
  }

  /// Takes lines of the hub, however they came.
  mutating func accept(_ lines: String) throws(ToolError) -> EventPage {
    var page = EventPage(position: position)
    if let gap { page.items.append(.gap(gap)) }
    gap = nil
    let items: [StreamItem]
    do throws(RecordError) {
      items = try reader.reader.items(lines)
    } catch {
      throw ToolError("\(error)")
    }
    for item in items {
      guard case .event(let event) = item else {
        if case .gap(let gap) = item { position = max(position, gap.last ?? position) }
        page.items.append(item)
        continue
      }
      position = event.sequence
      if query.filter.isPast(event) {
        page.isEnd = true
        page.isPast = true
        break
      }
      if query.filter.passes(event) { page.items.append(item) }
    }
    page.position = position
    return page
  }

  /// What comes next is not held: tells the gap and goes on behind it.
  ///
  /// Either retention took it, from the old end, or it never came into the journal, as after a loss of power: then there are older
  /// events before the gap, and only the hub's refusal says where it ends.
  private mutating func skipMissing(_ behind: UInt64?) async throws(ToolError) -> EventPage {
    let oldest = max(try await client.position().oldest, 1)
    let next = max(behind ?? 0, oldest)
    guard next > position + 1 else { throw ToolError("the hub holds no events after \(position)") }
    let reason = oldest > position + 1 ? "retention" : "never-logged"
    let lost = GapRecord(first: position + 1, last: next - 1, reason: reason)
    position = next - 1
    return EventPage(items: [.gap(lost)], position: position)
  }
}
