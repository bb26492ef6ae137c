// SPDX-License-Identifier: Apache-2.0
// The memory control group of a process, which counts whom the kernel ended in it for want of memory (cgroups(7)).

/// The memory control group of a process, and how many processes in it were ended for want of memory.
package struct MemoryGroup: Sendable {
  /// The longest answer of the kernel that is read, in bytes.
  private static let limit = 4096

  /// The file that counts.
  package let file: String
  private let before: UInt64
  /// How many processes were ended since this was made, as far as is known.
  package private(set) var kills: UInt64 = 0

  /// The group among those of a process that counts; `nil` where none does.
  package init?(_ groups: ControlGroups) {
    for file in groups.memoryFiles {
      guard let count = Self.count(in: file) else { continue }
      self.file = file
      before = count
      return
    }
    return nil
  }

  /// Looks again; a group that is gone meanwhile keeps what was known.
  package mutating func look() {
    if let count = Self.count(in: file), count > before { kills = count - before }
  }

  /// The count in such a file.
  private static func count(in file: String) -> UInt64? {
    guard let text = ProcFile.read(file, limit: limit) else { return nil }
    for line in String(decoding: text, as: UTF8.self).split(separator: "\n") where line.hasPrefix("oom_kill ") {
      return UInt64(line.dropFirst("oom_kill ".count))
    }
    return nil
  }
}
