// SPDX-License-Identifier: Apache-2.0
// Why a journal cannot be opened.

/// Why a journal cannot be opened.
public enum JournalError: Error, Hashable, Sendable {
  /// Another process uses the directory; its process ID, where it could be read.
  case inUse(directory: String, processID: Int32?)
  /// The journal was written by a newer version; nothing was touched. The text says what is not known.
  case tooNew(path: String, String)
  /// The journal can neither be read nor begun now; nothing was touched. The text says why.
  case unavailable(path: String, String)
  /// An option has a value that cannot work; the text says which and what would.
  case invalidOption(String)
}

extension JournalError: CustomStringConvertible {
  /// One sentence, fit for the log and for the terminal.
  public var description: String {
    switch self {
    case .inUse(let directory, let processID?): "\(directory) is in use by process \(processID)"
    case .inUse(let directory, nil): "\(directory) is in use by another process"
    case .tooNew(let path, let text): "\(path) was written by a newer version (\(text)); it was left as it is"
    case .unavailable(let path, let text): "\(path) cannot be used: \(text)"
    case .invalidOption(let text): text
    }
  }
}
