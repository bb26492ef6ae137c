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

/// What an event adds to the indexes.
struct IndexEntry {
  let sequence: UInt64
  let kind: Int64
  let subject: Int64

  fileprivate func key(_ index: StoreIndex) -> Int64 {
    switch index {
    case .kind: kind
    case .subject: subject
    }
  }
}

/// What the events that this process wrote add to the indexes, so that they need not be read back for that; a stride and a
/// transaction at most.
struct IndexBacklog {
  /// The entries are those of all events after this one.
  private(set) var after: UInt64 = 0
  private var entries: [IndexEntry] = []

  /// Nothing yet; what comes is after a sequence.
  init(after: UInt64 = 0) { self.after = after }

  /// Adds those of events that were written.
  mutating func append(_ entries: [IndexEntry]) { self.entries += entries }

  /// The first entries after a sequence, at most `limit`; nil when not all events after it are here.
  func first(_ limit: Int, after sequence: UInt64) -> [IndexEntry]? {
    guard sequence >= after else { return nil }
    return Array(entries.drop { $0.sequence <= sequence }.prefix(limit))
  }

  /// Forgets those through a sequence.
  mutating func removeAll(through sequence: UInt64) {
    after = max(after, sequence)
    entries.removeSubrange(..<(entries.firstIndex { $0.sequence > sequence } ?? entries.endIndex))
  }
}

extension Store {
  /// Fills the indexes with the next stride.
  func fillIndexes(stride limit: Int) throws(StoreFailure) {
    let from = indexed
    indexed = try use { database in
      let stride = try backlog.first(limit, after: from) ?? Store.entries(after: from, limit: limit, database)
      let last = stride.last?.sequence ?? from
      try database.inTransaction(.immediate) {
        for index in StoreIndex.allCases { try Store.insert(stride, index, database) }
        try Store.set(.indexed, Int64(clamping: last), in: database)
        return .commit
      }
      return last
    }
    backlog.removeAll(through: indexed)
  }

  /// What the first events after a sequence add to the indexes.
  private static func entries(after sequence: UInt64, limit: Int, _ database: Database) throws -> [IndexEntry] {
    let statement = try SQLStatement(
      database, "SELECT sequence, kind, subject FROM events WHERE sequence > ? ORDER BY sequence LIMIT ?")
    defer { statement.reset() }
    try statement.bind(Int64(clamping: sequence), Int64(limit))
    var entries: [IndexEntry] = []
    while try statement.step() {
      entries.append(
        IndexEntry(
          sequence: UInt64(clamping: statement.integer(0)), kind: statement.integer(1), subject: statement.integer(2)))
    }
    return entries
  }

  private static func insert(_ stride: [IndexEntry], _ index: StoreIndex, _ database: Database) throws {
    let insertion = try SQLStatement(database, index.insertion)
    // In the order of the table, so that neighbours share their pages' visits; the sequences of a key stay in their order.
    let rows = stride.map { ($0.key(index), $0.sequence) }.sorted { $0.0 < $1.0 }
    var writer = ByteWriter()
    var first = 0
    while first < rows.count {
      let key = rows[first].0
      var end = first + 1
      while end < rows.count, rows[end].0 == key { end += 1 }
      writer.removeAll()
      Postings.write(rows[first..<end].lazy.map(\.1), to: &writer)
      try insertion.bind(key, Int64(clamping: rows[end - 1].1))
      try insertion.run(blob: writer, at: 3)
      first = end
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
