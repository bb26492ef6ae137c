// SPDX-License-Identifier: Apache-2.0
// FENCE: what the journal asks of the file system besides its database.
private import Glibc

/// A refusal of the file system.
struct FileError: Error, Hashable, CustomStringConvertible {
  /// What was asked.
  let operation: String
  /// Of which file.
  let path: String
  /// The number of the error (errno(3)).
  let code: Int32

  /// The operation, the file and the system's own words.
  var description: String { "\(operation) \(path): \(unsafe String(cString: strerror(code)))" }

  /// Whether the file is not there.
  var isMissing: Bool { code == ENOENT }
  /// Whether the file system or the directory takes no new files, now or ever.
  var isRefusal: Bool { [EROFS, EACCES, EPERM, ENOSPC, EDQUOT].contains(code) }
}

/// What the journal asks of the file system besides its database.
enum StateFiles {
  /// Makes a directory that only its owner and his group may look into; one that is there stays as it is.
  static func makeDirectory(_ path: String) throws(FileError) {
    guard unsafe mkdir(path, 0o750) != 0, errno != EEXIST else { return }
    throw FileError(operation: "mkdir", path: path, code: errno)
  }

  /// The size of a file; nil when there is no such file.
  static func size(_ path: String) throws(FileError) -> Int? {
    var status = stat()
    if unsafe stat(path, &status) == 0 { return Int(status.st_size) }
    guard errno == ENOENT else { throw FileError(operation: "stat", path: path, code: errno) }
    return nil
  }

  /// Gives a file another name and makes that durable.
  static func rename(_ path: String, to target: String) throws(FileError) {
    guard unsafe Glibc.rename(path, target) == 0 else { throw FileError(operation: "rename", path: path, code: errno) }
    try synchronize(directoryOf: target)
  }

  /// Removes a file; one that is not there is no error.
  static func remove(_ path: String) throws(FileError) {
    guard unsafe unlink(path) != 0, errno != ENOENT else { return }
    throw FileError(operation: "unlink", path: path, code: errno)
  }

  /// The names in a directory.
  static func names(in directory: String) throws(FileError) -> [String] {
    guard let stream = unsafe opendir(directory) else {
      throw FileError(operation: "opendir", path: directory, code: errno)
    }
    defer { unsafe closedir(stream) }
    var names: [String] = []
    while let entry = unsafe readdir(stream) {
      names.append(
        unsafe withUnsafePointer(to: &entry.pointee.d_name) { name in
          unsafe name.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
        })
    }
    return names
  }

  /// The identity of the running system (random(4)); nil where the kernel does not tell.
  static func bootID() -> String? {
    let descriptor = unsafe open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 36)
    guard unsafe bytes.withUnsafeMutableBytes({ unsafe read(descriptor, $0.baseAddress, 36) }) == 36 else { return nil }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// This process.
  static func processID() -> Int32 { getpid() }

  private static func synchronize(directoryOf path: String) throws(FileError) {
    let directory = String(path.prefix(upTo: path.lastIndex(of: "/") ?? path.startIndex))
    let descriptor = unsafe open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError(operation: "open", path: directory, code: errno) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw FileError(operation: "fsync", path: directory, code: errno) }
  }
}
