// SPDX-License-Identifier: Apache-2.0
// How many descriptors the process holds. FENCE: stat(2).

import Foundation
private import Glibc

/// How many descriptors the process holds.
enum OpenDescriptors {
  /// The directory that has an entry for each.
  private static let directory = "/proc/self/fd"

  /// How many there are now.
  ///
  /// Since Linux 6.2 their number is the size of the directory (proc_pid_fd(5)). An older kernel says 0 there, and then the
  /// entries are counted.
  static var count: Int {
    var information = stat()
    guard unsafe stat(directory, &information) == 0 else { return 0 }
    return information.st_size > 0 ? Int(information.st_size) : entries
  }

  /// The entries, but for the one that reading them takes.
  static var entries: Int {
    let names = try? FileManager.default.contentsOfDirectory(atPath: directory)
    return max((names?.count ?? 0) - 1, 0)
  }
}
