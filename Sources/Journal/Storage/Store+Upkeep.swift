// SPDX-License-Identifier: Apache-2.0
// Keeping the database file small: the WAL, old events, free pages.

internal import EventModel
internal import GRDB

extension Store {
  /// How much of the file is in use.
  struct Usage {
    /// The size of a page, in bytes.
    var pageBytes = 4096
    /// All pages of the file.
    var pages = 0
    /// Pages of the file that hold nothing; they are used before the file grows.
    var freePages = 0

    /// The size of the file, in bytes.
    var fileBytes: Int { pages * pageBytes }
    /// What is in use of it, in bytes.
    var usedBytes: Int { (pages - freePages) * pageBytes }
  }

  /// How many events the file holds.
  var count: Int { Int(clamping: newest - min(newest, floor + gaps.count(through: newest))) }

  /// How much of the file is in use.
  func usage() throws(StoreFailure) -> Usage {
    try use { database in
      func number(_ pragma: String) throws -> Int {
        let statement = try SQLStatement(database, "PRAGMA " + pragma)
        defer { statement.reset() }
        return try statement.step() ? Int(statement.integer(0)) : 0
      }
      return try Usage(
        pageBytes: number("page_size"), pages: number("page_count"), freePages: number("freelist_count"))
    }
  }

  /// Moves the WAL into the database file and makes both durable.
  func checkpoint() throws(StoreFailure) {
    _ = try use { try $0.checkpoint(.passive) }
  }

  /// Removes the oldest events: at most `limit`, only those recorded before a moment when one is given, and never the
  /// newest, which carries the head.
  ///
  /// - Returns: how many were removed.
  func trim(limit: Int, recordedBefore cutoff: Timestamp? = nil) throws(StoreFailure) -> Int {
    var floor = self.floor
    let removed = try use { database in
      let statement = try SQLStatement(
        database, "SELECT sequence, recorded, kind, subject FROM events ORDER BY sequence LIMIT ?")
      var visited = 0
      var (kinds, subjects): (Set<Int64>, Set<Int64>) = ([], [])
      do {
        defer { statement.reset() }
        try statement.bind(Int64(limit) + 1)
        // The row that stays tells where the log begins then.
        while try statement.step() {
          floor = max(floor, UInt64(clamping: statement.integer(0)) - 1)
          visited += 1
          if let cutoff, statement.integer(1) >= cutoff.microseconds { break }
          kinds.insert(statement.integer(2))
          subjects.insert(statement.integer(3))
        }
      }
      guard floor > self.floor else { return 0 }
      try database.inTransaction(.immediate) {
        try Store.cut(.kind, keys: kinds, through: floor, in: database)
        try Store.cut(.subject, keys: subjects, through: floor, in: database)
        for sql in ["DELETE FROM events WHERE sequence <= ?", "DELETE FROM gaps WHERE last <= ?"] {
          let deletion = try SQLStatement(database, sql)
          try deletion.bind(Int64(clamping: floor))
          try deletion.run()
        }
        try Store.set(.floor, Int64(clamping: floor), in: database)
        return .commit
      }
      return visited - 1
    }
    self.floor = floor
    indexed = max(indexed, floor)
    backlog.removeAll(through: floor)
    gaps.removeAll(through: floor)
    return removed
  }

  /// When the oldest event was recorded.
  func oldestRecorded() throws(StoreFailure) -> Timestamp? {
    try use { database in
      let statement = try SQLStatement(database, "SELECT recorded FROM events ORDER BY sequence LIMIT 1")
      defer { statement.reset() }
      return try statement.step() ? Timestamp(microseconds: statement.integer(0)) : nil
    }
  }

  /// Gives free pages at the end of the file back to the file system, at most `pages`.
  func shrink(pages: Int) throws(StoreFailure) {
    try use { try $0.execute(sql: "PRAGMA incremental_vacuum(\(pages))") }
  }
}
