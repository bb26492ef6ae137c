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

  /// The group of a process; `nil` where nothing counts.
  package init?(of process: Int32) {
    guard let text = ProcFile.read("/proc/\(process)/cgroup", limit: Self.limit) else { return nil }
    for file in Self.files(String(decoding: text, as: UTF8.self)) {
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

  /// The files that may count, from what /proc says of a process's groups: of version 2 first, then of version 1.
  package static func files(_ groups: String) -> [String] {
    let rows = groups.split(separator: "\n").map {
      $0.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
    }
    let found = rows.compactMap { row -> (rank: Int, file: String)? in
      // What lies outside of our own view of the groups cannot be found.
      guard row.count == 3, row[2].hasPrefix("/"), !row[2].contains("/..") else { return nil }
      let path = row[2] == "/" ? "" : row[2]
      if row[0] == "0", row[1].isEmpty { return (0, "/sys/fs/cgroup\(path)/memory.events") }
      guard row[1].split(separator: ",").contains("memory") else { return nil }
      return (1, "/sys/fs/cgroup/memory\(path)/memory.oom_control")
    }
    return found.sorted { $0.rank < $1.rank }.map(\.file)
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
