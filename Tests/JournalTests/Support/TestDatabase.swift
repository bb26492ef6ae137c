// SPDX-License-Identifier: Apache-2.0
// The database file of a journal, reached around the journal.

import GRDB

/// The database file of a closed journal, reached around the journal.
enum TestDatabase {
  /// Runs statements on it.
  static func run(_ sql: String, at path: String) throws {
    let queue = try DatabaseQueue(path: path)
    try queue.write { try $0.execute(sql: sql) }
    try queue.close()
  }

  /// The rows of a question, as text.
  static func rows(_ sql: String, at path: String) throws -> [String] {
    let queue = try DatabaseQueue(path: path)
    defer { try? queue.close() }
    return try queue.read { try Row.fetchAll($0, sql: sql).map(\.description) }
  }
}
