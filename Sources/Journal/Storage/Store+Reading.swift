// SPDX-License-Identifier: Apache-2.0
// What is read from the database file.

internal import EventModel
internal import GRDB

extension Store {
  private static let columns = "sequence, kind, recorded, body"

  /// All objects, as they are after the newest event.
  func objects() throws(StoreFailure) -> [HubObject] {
    try use { database in
      let statement = try SQLStatement(database, "SELECT body FROM objects")
      defer { statement.reset() }
      var objects: [HubObject] = []
      while try statement.step() {
        objects.append(try statement.blob(0) { try ObjectCoding.object($0) })
      }
      return objects
    }
  }

  /// The events after a sequence and through another, oldest first, at most `limit`, until `visit` says no.
  func events(
    after: UInt64, through: UInt64, limit: Int, visit: (Event) -> Bool
  ) throws(StoreFailure) {
    try use { database in
      let statement = try SQLStatement(
        database, "SELECT \(Store.columns) FROM events WHERE sequence > ? AND sequence <= ? ORDER BY sequence LIMIT ?")
      defer { steps += statement.reset() }
      try statement.bind(Int64(clamping: after), Int64(clamping: through), Int64(clamping: limit))
      while try statement.step() {
        guard visit(try event(statement)) else { return }
      }
    }
  }

  /// The event with a sequence, when it is held.
  func event(_ sequence: UInt64) throws(StoreFailure) -> Event? {
    try use { database in
      let statement = try SQLStatement(database, "SELECT \(Store.columns) FROM events WHERE sequence = ?")
      defer { steps += statement.reset() }
      try statement.bind(Int64(clamping: sequence))
      return try statement.step() ? try event(statement) : nil
    }
  }

  /// The last event before the first one that was recorded at a moment or later; the floor when there is none.
  ///
  /// The clock may have been set back, so the moments themselves are in no order; the latest moment so far is, and it
  /// stands in each row. About two look-ups for each doubling of the rows.
  func cursor(before time: Timestamp) throws(StoreFailure) -> UInt64 {
    try use { database in
      let next = try SQLStatement(
        database,
        "SELECT sequence, coalesce(latest, recorded) FROM events WHERE sequence >= ? ORDER BY sequence LIMIT 1")
      let previous = try SQLStatement(
        database, "SELECT sequence FROM events WHERE sequence < ? ORDER BY sequence DESC LIMIT 1")
      // Whether everything from `sequence` on comes at the moment or later, that is, the first event there does.
      func reaches(_ sequence: UInt64) throws -> Bool {
        defer { steps += next.reset() }
        try next.bind(Int64(clamping: sequence))
        return try next.step() ? next.integer(1) >= time.microseconds : true
      }
      var (low, high) = (floor + 1, head + 1)
      while low < high {
        let middle = low + (high - low) / 2
        if try reaches(middle) { high = middle } else { low = middle + 1 }
      }
      defer { steps += previous.reset() }
      try previous.bind(Int64(clamping: low))
      return try previous.step() ? UInt64(clamping: previous.integer(0)) : floor
    }
  }

  private func event(_ statement: SQLStatement) throws -> Event {
    guard let kind = kinds[statement.integer(1)] else { throw StoreFailure(.damaged, "a row has no kind") }
    return try statement.blob(3) { body in
      try EventCoding.event(
        sequence: UInt64(clamping: statement.integer(0)), kind: kind,
        recorded: Timestamp(microseconds: statement.integer(2)), body: body)
    }
  }
}
