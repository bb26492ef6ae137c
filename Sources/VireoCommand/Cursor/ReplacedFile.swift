// SPDX-License-Identifier: Apache-2.0
// A file that is replaced as a whole. FENCE: system calls on it.

private import Glibc

/// Why a file cannot be read or replaced: the file and what the system said.
public struct ReplacedFileError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The text for people.
  public let description: String

  init(_ path: String, _ what: String, _ number: CInt) {
    let reason = unsafe String(cString: strerror(number))
    description = "\(SafeText.printable(path)): \(what): \(reason)"
  }
}

/// A small file that is replaced as a whole: written beside itself, synced and renamed.
///
/// Who reads it finds the old text or the new one, after a power cut too.
public struct ReplacedFile: Sendable {
  /// The path.
  public let path: String

  /// A file; it need not exist yet.
  public init(_ path: String) {
    self.path = path
  }

  /// The beginning of the text, at most so many bytes; nil when there is no file.
  public func read(limit: Int) throws(ReplacedFileError) -> String? {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      if errno == ENOENT { return nil }
      throw ReplacedFileError(path, "cannot be read", errno)
    }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: limit)
    let count = unsafe Glibc.read(descriptor, &bytes, limit)
    guard count >= 0 else { throw ReplacedFileError(path, "cannot be read", errno) }
    return String(decoding: bytes.prefix(count), as: UTF8.self)
  }

  /// Replaces the text.
  public func write(_ text: String) throws(ReplacedFileError) {
    let temporary = "\(path).\(getpid()).new"
    let descriptor = unsafe open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o644)
    guard descriptor >= 0 else { throw ReplacedFileError(path, "cannot be written", errno) }
    var problem: CInt = 0
    var rest = Array(text.utf8)[...]
    while problem == 0, !rest.isEmpty {
      let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count >= 0 { rest = rest.dropFirst(count) } else if errno != EINTR { problem = errno }
    }
    if problem == 0, fsync(descriptor) != 0 { problem = errno }
    close(descriptor)
    if problem == 0, unsafe rename(temporary, path) != 0 { problem = errno }
    guard problem != 0 else { return }
    _ = unsafe unlink(temporary)
    throw ReplacedFileError(path, "cannot be written", problem)
  }
}
