// SPDX-License-Identifier: Apache-2.0
// The unit that a process is in, and whether it is alone there.

package import Hub

/// The unit that a process is in.
package struct UnitMembership: Hashable, Sendable {
  /// The unit.
  package let unit: UnitName
  /// Its control group of version 2, as a path below the top; `nil` where there is none.
  package let group: String?

  /// A unit, with its group.
  package init(unit: UnitName, group: String?) {
    self.unit = unit
    self.group = group
  }

  /// Whether processes that live are left in the unit; `false` where the kernel does not tell.
  package var isPopulated: Bool {
    guard let group else { return false }
    // The second place is that beside version 1.
    for top in ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"] {
      guard let text = ProcFile.read("\(top)\(group)/cgroup.events", limit: 256) else { continue }
      return String(decoding: text, as: UTF8.self).split(separator: "\n").contains("populated 1")
    }
    return false
  }
}
