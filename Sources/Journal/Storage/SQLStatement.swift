// SPDX-License-Identifier: Apache-2.0
// FENCE: the hot path to SQLite: GRDB's cached statements, bound and stepped without a value in between.
internal import EventModel
internal import GRDB
private import GRDBSQLite

/// A cached statement of a connection, bound and stepped by SQLite's own calls (https://www.sqlite.org/c3ref/stmt.html).
///
/// GRDB's row and argument types cost as much as the insertion itself, so the paths that run once an event go around
/// them. Valid only inside the access to the connection in which it was made.
struct SQLStatement {
  private let statement: Statement
  private let database: Database

  init(_ database: Database, _ sql: String) throws {
    statement = try database.cachedStatement(sql: sql)
    self.database = database
  }

  /// Binds integers to the first parameters.
  func bind(_ values: Int64...) throws {
    for (index, value) in values.enumerated() { try bind(value, at: Int32(index + 1)) }
  }

  /// Binds an integer to a parameter; nil is NULL.
  func bind(_ value: Int64?, at position: Int32) throws {
    if let value {
      try check(unsafe sqlite3_bind_int64(statement.sqliteStatement, position, value))
    } else {
      try check(unsafe sqlite3_bind_null(statement.sqliteStatement, position))
    }
  }

  /// Binds text, which SQLite copies.
  func bind(text: String, at position: Int32) throws {
    try check(
      unsafe sqlite3_bind_text64(
        statement.sqliteStatement, position, text, UInt64(text.utf8.count),
        unsafeBitCast(-1, to: sqlite3_destructor_type.self), UInt8(SQLITE_UTF8)))
  }

  /// Binds bytes to a parameter and runs the statement to its end; the bytes are not copied.
  func run(blob: borrowing ByteWriter, at position: Int32) throws {
    try run(blobs: blob, endingAt: [blob.count], at: position, every: 1)
  }

  /// Binds stretches of bytes that lie one behind the other, each up to the next of `ends`, to the parameter `position` and those
  /// that follow it at a distance, and runs the statement to its end; the bytes are not copied.
  func run(blobs: borrowing ByteWriter, endingAt ends: [Int], at position: Int32, every distance: Int32) throws {
    try blobs.withSpan { bytes in
      try unsafe bytes.withUnsafeBytes { bytes in
        // The bindings must not outlive the bytes, so they go before they do.
        defer { unsafe sqlite3_clear_bindings(statement.sqliteStatement) }
        var (start, position) = (0, position)
        for end in ends {
          let stretch = unsafe UnsafeRawBufferPointer(rebasing: bytes[start..<end])
          try check(
            unsafe sqlite3_bind_blob64(
              statement.sqliteStatement, position, stretch.baseAddress, UInt64(stretch.count), nil))
          (start, position) = (end, position + distance)
        }
        try run()
      }
    }
  }

  /// Runs the statement to its end.
  func run() throws {
    defer { reset() }
    while try step() {}
  }

  /// Goes to the next row; false at the end.
  func step() throws -> Bool {
    let code = unsafe sqlite3_step(statement.sqliteStatement)
    if code == SQLITE_ROW { return true }
    if code == SQLITE_DONE { return false }
    throw failure(code)
  }

  /// Makes the statement ready to run again.
  ///
  /// - Returns: how many instructions of SQLite's machine it took, the measure of how much was looked at.
  @discardableResult
  func reset() -> Int {
    // Its result repeats that of the step, which was thrown already.
    _ = unsafe sqlite3_reset(statement.sqliteStatement)
    return Int(unsafe sqlite3_stmt_status(statement.sqliteStatement, SQLITE_STMTSTATUS_VM_STEP, 1))
  }

  /// A column of the current row as an integer.
  func integer(_ column: Int32) -> Int64 {
    unsafe sqlite3_column_int64(statement.sqliteStatement, column)
  }

  /// Whether a column of the current row is NULL.
  func isNull(_ column: Int32) -> Bool {
    unsafe sqlite3_column_type(statement.sqliteStatement, column) == SQLITE_NULL
  }

  /// A column of the current row as text.
  func text(_ column: Int32) -> String {
    guard let text = unsafe sqlite3_column_text(statement.sqliteStatement, column) else { return "" }
    return unsafe String(cString: text)
  }

  /// Lends the bytes of a column of the current row.
  func blob<Result>(_ column: Int32, _ body: (Span<UInt8>) throws -> Result) throws -> Result {
    // The address is asked for before the length, as SQLite wants it.
    let address = unsafe sqlite3_column_blob(statement.sqliteStatement, column)
    let count = Int(unsafe sqlite3_column_bytes(statement.sqliteStatement, column))
    let bytes = unsafe UnsafeRawBufferPointer(start: address, count: address == nil ? 0 : count)
    return try unsafe body(bytes.bindMemory(to: UInt8.self).span)
  }

  private func check(_ code: Int32) throws {
    guard code == SQLITE_OK else { throw failure(code) }
  }

  private func failure(_ code: Int32) -> DatabaseError {
    let message = unsafe database.sqliteConnection.map { unsafe String(cString: sqlite3_errmsg($0)) }
    return DatabaseError(resultCode: ResultCode(rawValue: code), message: message)
  }
}

extension Database {
  /// How many pages the connection wrote since it was opened, which in WAL mode go to the end of the WAL.
  var pagesWritten: Int {
    var current: Int32 = 0
    var highest: Int32 = 0
    _ = unsafe sqlite3_db_status(sqliteConnection, SQLITE_DBSTATUS_CACHE_WRITE, &current, &highest, 0)
    return Int(current)
  }
}
