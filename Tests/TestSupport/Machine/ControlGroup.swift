// SPDX-License-Identifier: Apache-2.0
// A control group that goes away with its test.

import Foundation
import Glibc

/// A control group of our own, removed when the last reference goes; by then nothing may be in it any more.
///
/// One that still had a process in it, or whose test process was killed, is removed by a later test process when that begins.
public final class ControlGroup: Sendable {
  /// The directory.
  public let path: String
  /// The name, the last part of the path.
  public let name: String

  private static let prefix = "vireo-test-"
  private static let root = "/sys/fs/cgroup"

  /// Makes one in a hierarchy.
  public init(in hierarchy: String, suffix: String = "") throws {
    name = "\(Self.prefix)\(getpid())-\(UUID().uuidString.prefix(8).lowercased())\(suffix)"
    path = "\(hierarchy)/\(name)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
  }

  deinit { unsafe rmdir(path) }

  /// Writes to one of its files.
  public func write(_ text: String, to file: String) throws {
    try text.write(toFile: "\(path)/\(file)", atomically: false, encoding: .utf8)
  }

  /// Moves a process into it.
  public func add(_ process: Int32) throws { try write("\(process)", to: "cgroup.procs") }

  /// Removes the groups of test processes that are no more, in each hierarchy.
  static func removeForgotten() {
    for top in [root] + ["unified", "systemd", "memory"].map({ "\(root)/\($0)" }) {
      for name in (try? FileManager.default.contentsOfDirectory(atPath: top)) ?? [] where name.hasPrefix(prefix) {
        let owner = name.dropFirst(prefix.count).split(separator: "-").first.flatMap { Int32($0) }
        // One that somebody is still in cannot be removed, and is left to the next.
        if let owner, !FileManager.default.fileExists(atPath: "/proc/\(owner)") { unsafe rmdir("\(top)/\(name)") }
      }
    }
  }
}
