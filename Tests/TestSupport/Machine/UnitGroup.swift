// SPDX-License-Identifier: Apache-2.0
// A control group as systemd would make it for a service.

import Foundation
import Glibc

/// A control group as systemd would make it for a service, without a systemd; it is gone with the last reference.
public final class UnitGroup: Sendable {
  /// What the machine must have, and the tests may do: the hierarchy in which systemd makes its groups.
  public static let requirements: [Requirement] = [
    .root,
    .probe(
      "a hierarchy of control groups for units",
      "d=\(top)/vireo-test-probe-$$.service; mkdir $d && rmdir $d"),
  ]

  /// The name of the unit.
  public let unit: String
  private let path: String

  private static let prefix = "vireo-test-"
  private static let top =
    ["/sys/fs/cgroup/unified", "/sys/fs/cgroup/systemd"].first { FileManager.default.fileExists(atPath: $0) }
    ?? "/sys/fs/cgroup"

  /// Makes one.
  public init() throws {
    Self.removeForgotten()
    unit = "\(Self.prefix)\(getpid())-\(UUID().uuidString.prefix(8).lowercased()).service"
    path = "\(Self.top)/\(unit)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
  }

  deinit {
    // Whoever is still in it is ended by the test in a moment; then it is removed by the next one.
    unsafe rmdir(path)
  }

  /// A program that enters the group and then becomes QEMU, as a manager would have it; for `TestQEMU.Options.executable`.
  public func qemu(in directory: TemporaryDirectory) throws -> String {
    try directory.script(
      "echo $$ >\(path)/cgroup.procs && exec qemu-system-x86_64 \"$@\"", named: "qemu-\(unit).sh")
  }

  /// Moves a process into the group.
  public func add(_ process: Int32) throws {
    try "\(process)".write(toFile: "\(path)/cgroup.procs", atomically: false, encoding: .utf8)
  }

  /// Removes the groups of test processes that ended before they could.
  private static func removeForgotten() {
    for name in (try? FileManager.default.contentsOfDirectory(atPath: top)) ?? [] where name.hasPrefix(prefix) {
      let owner = name.dropFirst(prefix.count).split(separator: "-").first.flatMap { Int32($0) }
      if let owner, !FileManager.default.fileExists(atPath: "/proc/\(owner)") { unsafe rmdir("\(top)/\(name)") }
    }
  }
}
