// SPDX-License-Identifier: Apache-2.0
// Events and objects into their rows.

internal import EventModel
internal import GRDB

extension Store {
  /// How many events one statement writes, where there are so many.
  private static let rowsOfStatement = 8
  private static let columnsOfEvents: Int32 = 6

  /// A statement that fails ends the transaction, which its caller would do next: so SQLite need not keep each page as it
  /// was before the statement.
  private static func insertion(rows: Int) -> String {
    "INSERT OR ROLLBACK INTO events VALUES "
      + Array(repeating: "(?, ?, ?, ?, ?, ?)", count: rows).joined(separator: ", ")
  }

  private static let insertions = [rowsOfStatement, 1].map { (rows: $0, sql: insertion(rows: $0)) }

  /// Writes events, several with each statement: to begin and end one costs as much as a row.
  func insert(
    _ events: ArraySlice<Event>, latest: inout Int64, entries: inout [IndexEntry], _ database: Database
  ) throws -> Int {
    entries.reserveCapacity(events.count)
    var writer = ByteWriter()
    var (bytes, first) = (0, events.startIndex)
    for (rows, sql) in Store.insertions where events.endIndex - first >= rows {
      let statement = try SQLStatement(database, sql)
      while events.endIndex - first >= rows {
        writer.removeAll()
        var ends: [Int] = []
        for row in 0..<rows {
          let event = events[first + row]
          try bind(event, row: row, of: statement, latest: &latest, entries: &entries)
          EventCoding.write(event, to: &writer)
          ends.append(writer.count)
        }
        try statement.run(blobs: writer, endingAt: ends, at: Store.columnsOfEvents, every: Store.columnsOfEvents)
        bytes += writer.count
        first += rows
      }
    }
    return bytes
  }

  /// Binds all of an event but its body.
  private func bind(
    _ event: Event, row: Int, of statement: SQLStatement, latest: inout Int64, entries: inout [IndexEntry]
  ) throws {
    let entry = IndexEntry(
      sequence: event.sequence, kind: kindIDs[event.kind.ordinal], subject: Checksum.key(of: event.subject))
    let recorded = event.recorded.microseconds
    let position = Int32(row) * Store.columnsOfEvents
    try statement.bind(Int64(clamping: entry.sequence), at: position + 1)
    try statement.bind(entry.kind, at: position + 2)
    try statement.bind(entry.subject, at: position + 3)
    try statement.bind(recorded, at: position + 4)
    try statement.bind(recorded < latest ? latest : nil, at: position + 5)
    latest = max(latest, recorded)
    entries.append(entry)
  }

  /// Writes objects as they are now, and removes those that are gone.
  func put(_ objects: [HubObject], _ removed: [Subject], _ database: Database) throws {
    if !removed.isEmpty {
      let statement = try SQLStatement(database, "DELETE FROM objects WHERE path = ?1")
      for subject in removed {
        try statement.bind(text: subject.objectPath, at: 1)
        try statement.run()
      }
    }
    if !objects.isEmpty {
      let statement = try SQLStatement(
        database, "INSERT INTO objects VALUES (?1, ?2) ON CONFLICT (path) DO UPDATE SET body = ?2")
      var writer = ByteWriter()
      for object in objects {
        writer.removeAll()
        ObjectCoding.write(object, to: &writer)
        try statement.bind(text: object.subject.objectPath, at: 1)
        try statement.run(blob: writer, at: 2)
      }
    }
  }
}
