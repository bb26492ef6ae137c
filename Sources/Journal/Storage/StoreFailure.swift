// SPDX-License-Identifier: Apache-2.0
// Why the database did not do what it was told.
internal import EventModel
internal import GRDB

/// Why the database did not do what it was told.
struct StoreFailure: Error {
  /// What can be done about it.
  enum Kind: Hashable {
    /// The file is damaged, or no database: set it aside.
    case damaged
    /// The file was written by a newer version: leave it alone.
    case tooNew
    /// The disk or the directory does not take it now: try again later.
    case refused
    /// The disk has no room left; the connection is as it was.
    case full
    /// Another process holds the file.
    case busy
  }

  let kind: Kind
  /// What happened, for people.
  let text: String

  init(_ kind: Kind, _ text: String) {
    self.kind = kind
    self.text = text
  }

  init(_ error: any Error) {
    switch error {
    case let failure as StoreFailure: self = failure
    case let error as CodingError: self.init(.damaged, "a row is damaged (\(error))")
    case let error as DatabaseError:
      let text = error.message ?? "SQLite error \(error.extendedResultCode.rawValue)"
      switch error.resultCode {
      case .SQLITE_CORRUPT, .SQLITE_NOTADB: self.init(.damaged, text)
      case .SQLITE_FULL: self.init(.full, text)
      case .SQLITE_BUSY, .SQLITE_LOCKED: self.init(.busy, text)
      default: self.init(.refused, text)
      }
    default: self.init(.refused, "\(error)")
    }
  }
}
