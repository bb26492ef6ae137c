// SPDX-License-Identifier: Apache-2.0
// The cursor in a file, so that a script goes on where it stopped.

public import EventModel
private import Glibc

/// Why a cursor file cannot be used.
public struct CursorFileError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The file and what is wrong with it.
  public let description: String
}

/// The cursor in a file, so that a script goes on where it stopped.
///
/// FENCE: system calls on the file. The file holds one line, the cursor of the last event that was printed. It is replaced as a whole (written beside itself,
/// synced and renamed), so a power cut leaves the old one or the new one.
public struct CursorFile: Sendable {
  /// Bytes that a cursor file may have.
  private static let sizeLimit = 256

  /// The path.
  public let path: String

  /// A cursor file; it need not exist yet.
  public init(_ path: String) {
    self.path = path
  }

  /// The cursor in the file; nil when there is no file, or an empty one.
  public func read() throws(CursorFileError) -> Cursor? {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      if errno == ENOENT { return nil }
      throw failure("cannot be read", errno)
    }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: CursorFile.sizeLimit)
    let count = unsafe Glibc.read(descriptor, &bytes, bytes.count)
    guard count >= 0 else { throw failure("cannot be read", errno) }
    let text = String(decoding: bytes.prefix(count), as: UTF8.self)
    guard let line = text.split(whereSeparator: \.isWhitespace).first else { return nil }
    guard let cursor = Cursor(String(line)) else {
      throw CursorFileError(description: "\(SafeText.printable(path)): holds no cursor; remove it to begin anew")
    }
    return cursor
  }

  /// Replaces the cursor in the file.
  public func write(_ cursor: Cursor) throws(CursorFileError) {
    let temporary = "\(path).\(getpid()).new"
    let descriptor = unsafe open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o644)
    guard descriptor >= 0 else { throw failure("cannot be written", errno) }
    let bytes = Array("\(cursor)\n".utf8)
    let isWritten = unsafe Glibc.write(descriptor, bytes, bytes.count) == bytes.count && fsync(descriptor) == 0
    let problem = errno
    close(descriptor)
    guard isWritten, unsafe rename(temporary, path) == 0 else {
      let reason = isWritten ? errno : problem
      _ = unsafe unlink(temporary)
      throw failure("cannot be written", reason)
    }
  }

  private func failure(_ what: String, _ number: CInt) -> CursorFileError {
    let reason = unsafe String(cString: strerror(number))
    return CursorFileError(description: "\(SafeText.printable(path)): \(what): \(reason)")
  }
}
