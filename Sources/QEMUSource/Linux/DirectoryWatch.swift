// SPDX-License-Identifier: Apache-2.0
// What comes into a directory and goes out of it. FENCE: inotify(7), readdir(3).

import EventLoop
private import Glibc

/// A watched directory.
///
/// Ownership: holds the inotify descriptor; it is closed with the value.
struct DirectoryWatch: ~Copyable {
  private let descriptor: OwnedDescriptor

  /// What happened.
  enum Change: Hashable, Sendable {
    /// A file of that name came.
    case came(String)
    /// A file of that name went.
    case went(String)
    /// Changes were lost: look at the whole directory.
    case lost
    /// The directory itself is gone.
    case ended
  }

  /// The descriptor, for the loop.
  var number: CInt { descriptor.rawValue }

  /// Watches a directory.
  init(_ path: String) throws(SystemError) {
    let number = inotify_init1(Int32(IN_CLOEXEC | IN_NONBLOCK))
    guard number >= 0 else { throw .last }
    let descriptor = OwnedDescriptor(adopting: number)
    let events =
      IN_CREATE | IN_MOVED_TO | IN_DELETE | IN_MOVED_FROM | IN_DELETE_SELF | IN_MOVE_SELF
    guard unsafe inotify_add_watch(number, path, UInt32(events) | UInt32(IN_ONLYDIR)) >= 0 else { throw .last }
    self.descriptor = descriptor
  }

  /// What happened since it was last asked, in order, as much as one read gives; `nil` when there is nothing.
  func next() -> [Change]? {
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: 16_384) { buffer, count in
      count = max(0, unsafe read(descriptor.rawValue, buffer.baseAddress, buffer.count))
    }
    guard !bytes.isEmpty else { return nil }
    var changes: [Change] = []
    var place = 0
    let header = MemoryLayout<inotify_event>.size
    while place + header <= bytes.count {
      let event = unsafe bytes.withUnsafeBytes {
        unsafe $0.loadUnaligned(fromByteOffset: place, as: inotify_event.self)
      }
      let end = min(bytes.count, place + header + Int(event.len))
      let name = String(decoding: bytes[(place + header)..<end].prefix { $0 != 0 }, as: UTF8.self)
      if let change = Self.change(event.mask, name) { changes.append(change) }
      place = end
    }
    return changes
  }

  private static func change(_ mask: UInt32, _ name: String) -> Change? {
    if mask & UInt32(IN_Q_OVERFLOW) != 0 { return .lost }
    if mask & UInt32(IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED | IN_UNMOUNT) != 0 { return .ended }
    if mask & UInt32(IN_CREATE | IN_MOVED_TO) != 0 { return .came(name) }
    if mask & UInt32(IN_DELETE | IN_MOVED_FROM) != 0 { return .went(name) }
    return nil
  }

  /// The names in a directory, `.` and `..` left out; `nil` if it cannot be read.
  static func names(in path: String) -> [String]? {
    guard let directory = unsafe opendir(path) else { return nil }
    defer { unsafe closedir(directory) }
    var names: [String] = []
    while let entry = unsafe readdir(directory) {
      let name = unsafe withUnsafeBytes(of: entry.pointee.d_name) { bytes in
        unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names
  }

  /// Makes a directory unless it is there.
  static func make(_ path: String, mode: UInt32) throws(SystemError) {
    guard unsafe mkdir(path, mode) == 0 || errno == EEXIST else { throw .last }
  }
}
