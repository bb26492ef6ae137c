// SPDX-License-Identifier: Apache-2.0
// The tables of the journal and how they came to be.
internal import GRDB

/// The tables of the journal, built by migrations that are never changed once released.
enum Schema {
  /// "vire", so that file(1) and sqlite3(1) know whose database it is.
  static let applicationID = 0x7669_7265

  /// What brings a database of any earlier version to this one.
  static let migrator: DatabaseMigrator = {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("1 events") { database in
      try database.execute(
        sql: """
          CREATE TABLE meta (name TEXT PRIMARY KEY, value ANY NOT NULL) STRICT, WITHOUT ROWID;
          CREATE TABLE kinds (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
          CREATE TABLE events (
            sequence INTEGER PRIMARY KEY,
            kind INTEGER NOT NULL,     -- kinds.id
            subject INTEGER NOT NULL,  -- a hash of the subject, which stands in the body
            recorded INTEGER NOT NULL, -- microseconds since the epoch
            latest INTEGER,            -- the latest "recorded" so far, where the clock has been set back behind it
            body BLOB NOT NULL
          ) STRICT;
          -- Filled later than "events", up to the fact "indexed"; see Store+Index.swift.
          CREATE TABLE kind_index (
            key INTEGER NOT NULL, last INTEGER NOT NULL, postings BLOB NOT NULL, PRIMARY KEY (key, last)
          ) STRICT, WITHOUT ROWID;
          CREATE TABLE subject_index (
            key INTEGER NOT NULL, last INTEGER NOT NULL, postings BLOB NOT NULL, PRIMARY KEY (key, last)
          ) STRICT, WITHOUT ROWID;
          CREATE TABLE objects (path TEXT PRIMARY KEY, body BLOB NOT NULL) STRICT, WITHOUT ROWID;
          CREATE TABLE gaps (first INTEGER PRIMARY KEY, last INTEGER NOT NULL) STRICT;
          """)
    }
    return migrator
  }()

  /// The facts of `meta`.
  enum Fact: String {
    /// The identity of the journal, text.
    case instance
    /// Up to which sequence nothing is held.
    case floor
    /// Up to which sequence the indexes are filled.
    case indexed
    /// Up to which sequence numbers may have been given out without being in the table.
    case reserved
  }
}
