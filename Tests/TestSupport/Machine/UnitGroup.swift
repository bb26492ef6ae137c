// SPDX-License-Identifier: Apache-2.0
// A control group as systemd would make it for a service.

import Foundation

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
  public var unit: String { group.name }

  private let group: ControlGroup
  private static let top =
    ["/sys/fs/cgroup/unified", "/sys/fs/cgroup/systemd"].first { FileManager.default.fileExists(atPath: $0) }
    ?? "/sys/fs/cgroup"

  /// Makes one.
  public init() throws { group = try ControlGroup(in: Self.top, suffix: ".service") }

  /// A program that enters the group and then becomes QEMU, as a manager would have it; for `TestQEMU.Options.executable`.
  public func qemu(in directory: TemporaryDirectory) throws -> String {
    try directory.script(
      "echo $$ >\(group.path)/cgroup.procs && exec qemu-system-x86_64 \"$@\"", named: "qemu-\(unit).sh")
  }

  /// Moves a process into the group.
  public func add(_ process: Int32) throws { try group.add(process) }
}
