// SPDX-License-Identifier: Apache-2.0
// FENCE: the lock file of a journal's directory.
private import Glibc

/// The lock on a journal's directory (flock(2)), and the record that is written over in place while it is held.
///
/// The lock goes with the process, however it ends. Where the directory takes no new file, the lock is on the directory
/// itself and there is no record.
final class LockFile {
  /// Who has the lock.
  struct Holder: Error {
    /// Its process ID, where it could be read.
    let processID: Int32?
  }

  /// What kept the lock from being taken.
  enum Failure: Error {
    /// Another process has it.
    case held(by: Holder)
    /// The file system refused.
    case file(FileError)
  }

  /// What the record said when the lock was taken; nil when there was none, or none that can be read.
  let found: LockRecord?
  /// Whether records can be written.
  let isWritable: Bool

  private let descriptor: CInt
  private let path: String

  /// Takes the lock of a directory.
  init(directory: String) throws(Failure) {
    path = directory + "/lock"
    var writable = true
    var descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o640)
    if descriptor < 0 {
      let code = errno
      guard FileError(operation: "open", path: path, code: code).isRefusal else {
        throw .file(FileError(operation: "open", path: path, code: code))
      }
      writable = false
      descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
      if descriptor < 0 { descriptor = unsafe open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
      guard descriptor >= 0 else { throw .file(FileError(operation: "open", path: path, code: code)) }
    }
    let record = LockFile.read(descriptor)
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      let code = errno
      close(descriptor)
      guard code == EWOULDBLOCK else { throw .file(FileError(operation: "flock", path: path, code: code)) }
      throw .held(by: Holder(processID: record?.processID))
    }
    // Read again: until the lock was there, its holder may have written.
    found = LockFile.read(descriptor)
    isWritable = writable
    self.descriptor = descriptor
  }

  deinit {
    // A child that was forked a moment ago holds the same lock until it runs its program; closing alone would wait for it.
    flock(descriptor, LOCK_UN)
    close(descriptor)
  }

  /// Writes a record over the old one and waits until the disk has it.
  func write(_ record: LockRecord) throws(FileError) {
    try put(record.bytes, at: 0)
    guard fdatasync(descriptor) == 0 else { throw FileError(operation: "fdatasync", path: path, code: errno) }
  }

  /// Writes the last sequence given out; it survives the process, not a power cut.
  func write(last sequence: UInt64) throws(FileError) {
    try put(LockRecord.digits(sequence), at: LockRecord.lastOffset)
  }

  private func put(_ bytes: [UInt8], at offset: Int) throws(FileError) {
    guard isWritable else { throw FileError(operation: "write", path: path, code: EROFS) }
    let written = unsafe bytes.withUnsafeBytes { unsafe pwrite(descriptor, $0.baseAddress, $0.count, off_t(offset)) }
    guard written == bytes.count else {
      throw FileError(operation: "write", path: path, code: written < 0 ? errno : ENOSPC)
    }
  }

  private static func read(_ descriptor: CInt) -> LockRecord? {
    var bytes = [UInt8](repeating: 0, count: LockRecord.length)
    let count = unsafe bytes.withUnsafeMutableBytes { unsafe pread(descriptor, $0.baseAddress, $0.count, 0) }
    return count == bytes.count ? LockRecord(bytes) : nil
  }
}
