// SPDX-License-Identifier: Apache-2.0
// The indexes by kind and by subject, which are filled in strides.

internal import EventModel
internal import GRDB

/// The indexes that serve filters.
enum StoreIndex: CaseIterable {
  /// By kind, in sequence order.
  case kind
  /// By the hash of the subject, in sequence order.
  case subject

  fileprivate var insertion: String {
    switch self {
    case .kind: "INSERT INTO kind_index VALUES (?, ?, ?)"
    case .subject: "INSERT INTO subject_index VALUES (?, ?, ?)"
    }
  }

  fileprivate var selection: String {
    switch self {
    case .kind: "SELECT postings FROM kind_index WHERE key = ? AND last >= ? ORDER BY last LIMIT 1"
    case .subject: "SELECT postings FROM subject_index WHERE key = ? AND last >= ? ORDER BY last LIMIT 1"
    }
  }

  fileprivate var deletion: String {
    switch self {
    case .kind: "DELETE FROM kind_index WHERE key = ? AND last <= ?"
    case .subject: "DELETE FROM subject_index WHERE key = ? AND last <= ?"
    }
  }
}

// An index of SQLite's own, kept with every commit, costs several times what the events cost: a batch of a hundred fills
// seven pages of the table, and touches a page of each index for every kind and every subject in it. So the indexes lag
// behind. They are filled some two thousand events at a time, a stride; a row holds all sequences of a stride that
// stand under one key, a byte or two each. A question scans the few events that are in no stride yet.

extension Store {
  /// Fills the indexes with the next stride.
  func fillIndexes(stride limit: Int) throws(StoreFailure) {
    let from = indexed
    indexed = try use { database in
      var last = from
      var (kinds, subjects): ([Int64: Postings], [Int64: Postings]) = ([:], [:])
      let statement = try SQLStatement(
        database, "SELECT sequence, kind, subject FROM events WHERE sequence > ? ORDER BY sequence LIMIT ?")
      do {
        defer { statement.reset() }
        try statement.bind(Int64(clamping: from), Int64(limit))
        while try statement.step() {
          last = UInt64(clamping: statement.integer(0))
          kinds[statement.integer(1), default: Postings()].add(last)
          subjects[statement.integer(2), default: Postings()].add(last)
        }
      }
      try database.inTransaction(.immediate) {
        try Store.insert(kinds, .kind, database)
        try Store.insert(subjects, .subject, database)
        try Store.set(.indexed, Int64(clamping: last), in: database)
        return .commit
      }
      return last
    }
  }

  private static func insert(_ postings: [Int64: Postings], _ index: StoreIndex, _ database: Database) throws {
    let insertion = try SQLStatement(database, index.insertion)
    // In the order of the table, so that neighbours share their pages' visits.
    for (key, postings) in postings.sorted(by: { $0.key < $1.key }) {
      try insertion.bind(key, Int64(clamping: postings.last))
      try insertion.run(blob: postings.writer.bytes, at: 3)
    }
  }

  /// Takes the strides of some keys out of an index that end at a sequence or before it.
  static func cut(
    _ index: StoreIndex, keys: Set<Int64>, through sequence: UInt64, in database: Database
  ) throws {
    let deletion = try SQLStatement(database, index.deletion)
    for key in keys {
      try deletion.bind(key, Int64(clamping: sequence))
      try deletion.run()
    }
  }

  /// The first sequences that stand under a key of an index, from one through another: the rest of a stride.
  func sequences(
    _ index: StoreIndex, key: Int64, from: UInt64, through: UInt64
  ) throws(StoreFailure) -> [UInt64] {
    try use { database in
      let statement = try SQLStatement(database, index.selection)
      defer { steps += statement.reset() }
      try statement.bind(key, Int64(clamping: from))
      guard try statement.step() else { return [] }
      return try statement.blob(0) { try Postings.sequences(in: $0, from: from, through: through) }
    }
  }

  /// The number under which a kind stands in its index.
  func key(of kind: EventKind) -> Int64? {
    kinds.first { $0.value == kind }?.key
  }
}
