// SPDX-License-Identifier: Apache-2.0
// The database file of the journal, open.

internal import EventModel
internal import GRDB

/// The database file of the journal, open.
///
/// It is used by the journal's thread alone.
/// The connection holds the file exclusively (`locking_mode = EXCLUSIVE`): no second process can write behind the
/// journal's back or keep a checkpoint from finishing, and the WAL's index lives in memory, so that a full disk does
/// not keep the journal from being opened and read.
final class Store {
  /// How a file is opened.
  struct Options {
    var durability = JournalOptions.Durability.crash
    /// Past how many bytes the WAL is moved into the database file.
    var walBytes = 4 << 20
    /// Whether the file system takes no writes: the file is read without a lock and without its WAL, which must be empty.
    var isReadOnly = false
    /// Whether the whole file is checked before it is used.
    var verifies = false
  }

  /// The path of the database file.
  let path: String
  /// Whether the file can only be read.
  let isReadOnly: Bool
  /// The identity of the journal.
  private(set) var instance = InstanceID.random()
  /// The newest sequence in the file, given out or skipped.
  private(set) var head: UInt64 = 0
  /// The sequence of the newest event in the file; 0 when there is none.
  private(set) var newest: UInt64 = 0
  /// Up to which sequence nothing is held.
  var floor: UInt64 = 0
  /// Up to which sequence the indexes are filled.
  var indexed: UInt64 = 0
  /// Up to which sequence numbers may have been given out without being here.
  private(set) var reserved: UInt64 = 0
  /// The stretches above the floor that are missing.
  var gaps = Gaps()
  /// The latest moment of recording so far; not that of the newest event when the clock has been set back.
  private(set) var latest = Int64.min
  /// When the newest event was recorded.
  private(set) var lastRecorded: Timestamp?
  /// How many instructions of SQLite's machine reading took.
  var steps = 0
  /// How many pages were written since the file was opened, up to the last work on the connection.
  private(set) var pagesWritten = 0

  private let queue: DatabaseQueue
  /// The number of each kind, by its place among all kinds; 0 in a file that can only be read and does not know it.
  private(set) var kindIDs = [Int64](repeating: 0, count: EventKind.allCases.count)
  private(set) var kinds: [Int64: EventKind] = [:]
  /// What the events that this process wrote add to the indexes.
  var backlog = IndexBacklog()

  /// Opens a journal that exists.
  init(path: String, options: Options) throws(StoreFailure) {
    self.path = path
    isReadOnly = options.isReadOnly
    do {
      queue = try DatabaseQueue(
        path: options.isReadOnly ? Store.immutableURI(path) : path, configuration: Store.configuration(options))
    } catch {
      throw StoreFailure(error)
    }
    do throws(StoreFailure) {
      try prepare(verifies: options.verifies)
    } catch {
      close()
      throw error
    }
  }

  /// Makes a journal that holds nothing, whole or not at all: it is built under another name.
  static func create(path: String, instance: InstanceID, floor: UInt64) throws(StoreFailure) {
    let draft = path + ".new"
    do throws(FileError) {
      for suffix in ["", "-wal", "-shm"] { try StateFiles.remove(draft + suffix) }
    } catch {
      throw StoreFailure(.refused, "\(error)")
    }
    do {
      let queue = try DatabaseQueue(path: draft, configuration: configuration(Options(durability: .powerLoss)))
      try queue.writeWithoutTransaction { database in
        try database.execute(sql: "PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL")
        try database.execute(sql: "PRAGMA application_id = \(Schema.applicationID)")
      }
      try Schema.migrator.migrate(queue)
      try queue.write { database in
        try set(.instance, instance.description, in: database)
        try set(.floor, Int64(clamping: floor), in: database)
      }
      try queue.close()
      // A WAL that another file left behind would be taken for this one's.
      try StateFiles.remove(path + "-wal")
      try StateFiles.rename(draft, to: path)
    } catch let error as FileError {
      throw StoreFailure(.refused, "\(error)")
    } catch {
      throw StoreFailure(error)
    }
  }

  /// Closes the file; the WAL is moved into it where the disk allows.
  func close() {
    // What cannot be moved now stays in the WAL and is found there at the next opening.
    try? queue.close()
  }

  /// Works on the connection, on the calling thread.
  func use<Result>(_ body: (Database) throws -> Result) throws(StoreFailure) -> Result {
    do {
      return try queue.writeWithoutTransaction { database in
        defer { pagesWritten = database.pagesWritten }
        return try body(database)
      }
    } catch {
      throw StoreFailure(error)
    }
  }

  /// Makes all of it durable together, or nothing; its statements are cached, since there is one for each batch.
  private static func transaction(_ database: Database, _ body: () throws -> Void) throws {
    try SQLStatement(database, "BEGIN IMMEDIATE").run()
    do {
      try body()
      try SQLStatement(database, "COMMIT").run()
    } catch {
      // SQLite may have ended it already, when the disk is full for instance; the failure that led here is what counts.
      if database.isInsideTransaction { try? SQLStatement(database, "ROLLBACK").run() }
      throw error
    }
  }

  static func set(_ fact: Schema.Fact, _ value: some DatabaseValueConvertible, in database: Database) throws {
    try database.execute(
      sql: "INSERT INTO meta VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = ?2",
      arguments: [fact.rawValue, value])
  }
}

// MARK: - Opening

extension Store {
  private func prepare(verifies: Bool) throws(StoreFailure) {
    try use { database in
      let application = try Int.fetchOne(database, sql: "PRAGMA application_id")
      guard application == Schema.applicationID else { throw StoreFailure(.damaged, "it is no journal") }
      if try Schema.migrator.hasBeenSuperseded(database) {
        throw StoreFailure(.tooNew, "its tables have a form that this version does not know")
      }
      if verifies, let complaint = try String.fetchOne(database, sql: "PRAGMA quick_check(1)"), complaint != "ok" {
        throw StoreFailure(.damaged, complaint)
      }
    }
    if !isReadOnly, try !use({ try Schema.migrator.hasCompletedMigrations($0) }) {
      do { try Schema.migrator.migrate(queue) } catch { throw StoreFailure(error) }
    }
    try use { database in
      try loadKinds(database)
      try loadFacts(database)
    }
    // The head is taken from the newest row, so that row must be whole.
    if newest > 0, try event(newest) == nil { throw StoreFailure(.damaged, "the event \(newest) is missing") }
  }

  private func loadKinds(_ database: Database) throws {
    for row in try Row.fetchAll(database, sql: "SELECT id, name FROM kinds") {
      let id: Int64 = row[0]
      let name: String = row[1]
      if let kind = EventKind(rawValue: name) {
        kinds[id] = kind
        kindIDs[kind.ordinal] = id
      } else if try Bool.fetchOne(database, sql: "SELECT EXISTS (SELECT * FROM events WHERE kind = ?)", arguments: [id])
        ?? false
      {
        throw StoreFailure(.tooNew, "it holds events of the kind \(name)")
      }
    }
    let missing = EventKind.allCases.filter { kindIDs[$0.ordinal] == 0 }
    guard !isReadOnly, !missing.isEmpty else { return }
    try database.inTransaction(.immediate) {
      for kind in missing {
        try database.execute(sql: "INSERT INTO kinds (name) VALUES (?)", arguments: [kind.rawValue])
        kinds[database.lastInsertedRowID] = kind
        kindIDs[kind.ordinal] = database.lastInsertedRowID
      }
      return .commit
    }
  }

  private func loadFacts(_ database: Database) throws {
    func fact<Value: DatabaseValueConvertible>(_ fact: Schema.Fact, as type: Value.Type) throws -> Value? {
      try Value.fetchOne(database, sql: "SELECT value FROM meta WHERE name = ?", arguments: [fact.rawValue])
    }
    guard let instance = try fact(.instance, as: String.self).flatMap(InstanceID.init) else {
      throw StoreFailure(.damaged, "it has no identity")
    }
    self.instance = instance
    floor = UInt64(clamping: try fact(.floor, as: Int64.self) ?? 0)
    indexed = max(floor, UInt64(clamping: try fact(.indexed, as: Int64.self) ?? 0))
    reserved = UInt64(clamping: try fact(.reserved, as: Int64.self) ?? 0)
    for row in try Row.fetchAll(database, sql: "SELECT first, last FROM gaps ORDER BY first") {
      gaps.add(Gap(first: UInt64(clamping: row[0] as Int64), last: UInt64(clamping: row[1] as Int64)))
    }
    head = max(floor, gaps.all.last?.last ?? 0)
    if let row = try Row.fetchOne(
      database, sql: "SELECT sequence, recorded, coalesce(latest, recorded) FROM events ORDER BY sequence DESC LIMIT 1")
    {
      newest = UInt64(clamping: row[0] as Int64)
      head = max(head, newest)
      lastRecorded = Timestamp(microseconds: row[1])
      latest = row[2]
    }
    backlog = IndexBacklog(after: newest)
  }
}

// MARK: - Writing

extension Store {
  /// What one transaction writes.
  struct Transaction {
    /// Events after the newest in the file, in order.
    var events: ArraySlice<Event> = []
    /// Objects as they are after them.
    var objects: [HubObject] = []
    /// Objects that are gone after them.
    var removed: [Subject] = []
    /// Stretches that will never be filled, in order.
    var gaps: [Gap] = []
    /// A new limit of the numbers that may be given out without being here.
    var reserved: UInt64?
    /// A new identity.
    var instance: InstanceID?
  }

  /// Writes all of it, or nothing.
  ///
  /// - Returns: how many bytes the events took.
  func write(_ transaction: Transaction) throws(StoreFailure) -> Int {
    var latest = self.latest
    var entries: [IndexEntry] = []
    let bytes = try use { database in
      var bytes = 0
      try Store.transaction(database) {
        bytes = try insert(transaction.events, latest: &latest, entries: &entries, database)
        try put(transaction.objects, transaction.removed, database)
        for gap in transaction.gaps {
          try database.execute(
            sql: "INSERT INTO gaps VALUES (?1, ?2) ON CONFLICT (first) DO UPDATE SET last = ?2",
            arguments: [Int64(clamping: gap.first), Int64(clamping: gap.last)])
        }
        if let reserved = transaction.reserved { try Store.set(.reserved, Int64(clamping: reserved), in: database) }
        if let instance = transaction.instance { try Store.set(.instance, instance.description, in: database) }
      }
      return bytes
    }
    for gap in transaction.gaps {
      gaps.add(gap)
      head = max(head, gap.last)
    }
    if let last = transaction.events.last {
      newest = last.sequence
      head = max(head, newest)
      lastRecorded = last.recorded
    }
    self.latest = latest
    backlog.append(entries)
    reserved = transaction.reserved ?? reserved
    instance = transaction.instance ?? instance
    return bytes
  }
}
