// SPDX-License-Identifier: Apache-2.0
// Which events are read, from where to where: options resolved against a hub.

import DBusTypes
import EventModel
import VireoCommand

/// Which events are read, from where to where.
struct EventQuery: Sendable {
  /// Kinds for the hub; none is all.
  var kinds: [String] = []
  /// The object path that the hub filters by; empty is all.
  var subject = ""
  /// What the tool filters itself.
  var filter = RecordFilter()
  /// The number after which reading begins.
  var after: UInt64 = 0
  /// Whether somebody named that number: then what is missing after it is a gap, and else just old.
  var isExplicit = false
  /// Whether a beginning was named in any way.
  var hasBeginning = false
  /// Where the hub stood when the query was made.
  var position: HubPosition
  /// A gap to tell before the first event.
  var gap: GapRecord?

  /// Whether every event is wanted.
  var isOpen: Bool { kinds.isEmpty && subject.isEmpty && filter.isOpen }
}

extension EventQuery {
  /// Resolves options; reading begins at the present moment where `fromNow` is set and no beginning is named.
  static func make(
    _ selection: EventSelection, _ range: TimeRange, fromNow: Bool, client: HubClient
  ) async throws(ToolError) -> EventQuery {
    var query = EventQuery(position: try await client.position())
    query.filter = try selection.filter()
    try await query.resolveMachines(selection.machines, client)
    try await query.resolveKinds(selection.types, client)
    try await query.resolveRange(range, fromNow: fromNow, client)
    return query
  }

  /// Names the kinds of those patterns whose events may have the severities of the filter.
  ///
  /// The hub finds events of few kinds by its index, where the tool would have to read them all.
  mutating func resolveKinds(_ types: [String], _ client: HubClient) async throws(ToolError) {
    var selection = KindSelection()
    selection.patterns = KindPatterns(types)
    selection.severities = filter.severities
    selection.tellsGaps = filter.passesGaps
    // Machines that the hub does not tell apart for us are the subjects of these kinds only.
    if !filter.machines.isEmpty { selection.whereNone = "vm.*" }
    let listed = selection.needsList ? try await client.listedKinds() : []
    do throws(KindPatternError) {
      kinds = try selection.resolved(among: listed)
    } catch {
      throw ToolError("--type: \(error)", status: .usage)
    }
  }

  /// One machine that the hub knows is filtered there, by its index; everything else is filtered here by name.
  private mutating func resolveMachines(_ machines: [String], _ client: HubClient) async throws(ToolError) {
    guard !machines.isEmpty else { return }
    let globs = machines.map(Glob.init)
    if globs.count == 1, !globs[0].isPattern, let path = try await client.machine(machines[0]) {
      subject = path.rawValue
    } else {
      filter.machines = globs
    }
  }

  private mutating func resolveRange(
    _ range: TimeRange, fromNow: Bool, _ client: HubClient
  ) async throws(ToolError) {
    let now = Timestamp.now()
    var since: Timestamp?
    if let text = range.since { since = try EventQuery.time(text, "--since", now: now, after: nil) }
    if range.boot {
      guard let boot = try await client.bootTime() else {
        throw ToolError("--boot: the service manager of that host does not tell when it was started")
      }
      since = max(boot, since ?? boot)
    }
    if let text = range.until { filter.until = try EventQuery.time(text, "--until", now: now, after: since) }
    if let text = range.cursorFile, let cursor = try EventQuery.cursor(in: CursorFile(text)) {
      resume(after: cursor)
    } else if let text = range.afterCursor {
      resume(after: try EventQuery.cursor(text, "--after-cursor"))
    } else if let text = range.cursor {
      let cursor = try EventQuery.cursor(text, "--cursor")
      resume(after: Cursor(instance: cursor.instance, sequence: cursor.sequence - min(cursor.sequence, 1)))
    } else if let since {
      hasBeginning = true
      after = try await client.cursor(before: since)
    } else if fromNow {
      after = position.head
    }
    let oldest = max(position.oldest, 1)
    guard after + 1 < oldest else { return }
    if isExplicit, gap == nil { gap = GapRecord(first: after + 1, last: oldest - 1, reason: "retention") }
    after = oldest - 1
  }

  private mutating func resume(after cursor: Cursor) {
    isExplicit = true
    hasBeginning = true
    if cursor.instance == position.instance {
      after = cursor.sequence
    } else {
      gap = GapRecord(first: nil, last: nil, reason: "journal-replaced")
      after = 0
    }
  }

  private static func time(
    _ text: String, _ option: String, now: Timestamp, after: Timestamp?
  ) throws(ToolError) -> Timestamp {
    do throws(TimeExpressionError) {
      return try TimeExpression.parse(text, now: now, zone: .local, after: after)
    } catch {
      throw ToolError("\(option): \(error)", status: .usage)
    }
  }

  private static func cursor(_ text: String, _ option: String) throws(ToolError) -> Cursor {
    guard let cursor = Cursor(text) else {
      throw ToolError("\(option): '\(SafeText.printable(text))' is no cursor; --show-cursor prints one", status: .usage)
    }
    return cursor
  }

  private static func cursor(in file: CursorFile) throws(ToolError) -> Cursor? {
    do throws(CursorFileError) {
      return try file.read()
    } catch {
      throw ToolError("--cursor-file: \(error)")
    }
  }
}
