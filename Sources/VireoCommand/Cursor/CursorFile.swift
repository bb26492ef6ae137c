// SPDX-License-Identifier: Apache-2.0
// The cursor in a file, so that a script goes on where it stopped.

public import EventModel

/// Why a cursor file cannot be used.
public struct CursorFileError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The file and what is wrong with it.
  public let description: String
}

/// The cursor in a file, so that a script goes on where it stopped.
///
/// The file holds one line: the cursor of the last event that was dealt with.
public struct CursorFile: Sendable {
  /// Bytes that a cursor file may have.
  private static let sizeLimit = 256

  private let file: ReplacedFile

  /// A cursor file; it need not exist yet.
  public init(_ path: String) {
    file = ReplacedFile(path)
  }

  /// The cursor in the file; nil when there is no file, or an empty one.
  public func read() throws(CursorFileError) -> Cursor? {
    let text: String?
    do throws(ReplacedFileError) {
      text = try file.read(limit: CursorFile.sizeLimit)
    } catch {
      throw CursorFileError(description: error.description)
    }
    guard let line = text?.split(whereSeparator: \.isWhitespace).first else { return nil }
    guard let cursor = Cursor(String(line)) else {
      throw CursorFileError(
        description: "\(SafeText.printable(file.path)): holds no cursor; remove it to begin anew")
    }
    return cursor
  }

  /// Replaces the cursor in the file.
  public func write(_ cursor: Cursor) throws(CursorFileError) {
    do throws(ReplacedFileError) {
      try file.write("\(cursor)\n")
    } catch {
      throw CursorFileError(description: error.description)
    }
  }
}
