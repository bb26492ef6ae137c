// SPDX-License-Identifier: Apache-2.0
// The directories that the daemon works in.

import Foundation

/// The directories that the daemon works in.
enum Directories {
  /// Makes a directory, with everything above it, unless it is there.
  ///
  /// - Parameters:
  ///   - path: an absolute path.
  ///   - mode: the permissions of a directory that is made.
  /// - Returns: the directory.
  /// - Throws: when it cannot be made.
  static func make(_ path: String, mode: Int) throws -> URL {
    let url = URL(filePath: path, directoryHint: .isDirectory)
    try FileManager.default.createDirectory(
      at: url, withIntermediateDirectories: true, attributes: [.posixPermissions: mode])
    return url
  }

  /// The name of this host.
  static var hostname: String {
    // /proc has the name without asking a resolver, which could block.
    let name = try? String(contentsOfFile: "/proc/sys/kernel/hostname", encoding: .utf8)
    return (name ?? "localhost").trimmingCharacters(in: .whitespacesAndNewlines)
  }
}
