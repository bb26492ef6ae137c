// SPDX-License-Identifier: Apache-2.0
// The control groups of a process, as /proc tells them (cgroups(7)), and what they say about it.

import Hub

/// The control groups of a process, as /proc tells them.
package struct ControlGroups: Hashable, Sendable {
  /// The longest answer of the kernel that is read, in bytes.
  private static let limit = 4096

  private struct Row: Hashable {
    let hierarchy: Substring
    let controllers: Substring
    let path: Substring

    /// Version 2 of the kernel's interface, where all controllers share one hierarchy.
    var isUnified: Bool { hierarchy == "0" && controllers.isEmpty }
    /// The hierarchy that systemd keeps for itself beside version 1.
    var isManagers: Bool { controllers == "name=systemd" }
  }

  private let rows: [Row]

  /// Reads what /proc says: one group a line.
  ///
  /// What lies outside of our own view of the groups cannot be found and is left out.
  package init(_ text: String) {
    rows = text.split(separator: "\n").compactMap { line in
      let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard parts.count == 3, parts[2].hasPrefix("/"), !parts[2].contains("/..") else { return nil }
      return Row(hierarchy: parts[0], controllers: parts[1], path: parts[2] == "/" ? "" : parts[2])
    }
  }

  /// Those of a process; `nil` if there is no such process.
  package init?(of process: Int32) {
    guard let text = ProcFile.read("/proc/\(process)/cgroup", limit: Self.limit) else { return nil }
    self.init(String(decoding: text, as: UTF8.self))
  }

  /// The files that may count whom the kernel ended for want of memory: of version 2 first, then of version 1.
  package var memoryFiles: [String] {
    rows.filter(\.isUnified).map { "/sys/fs/cgroup\($0.path)/memory.events" }
      + rows.filter { $0.controllers.split(separator: ",").contains("memory") }.map {
        "/sys/fs/cgroup/memory\($0.path)/memory.oom_control"
      }
  }

  /// The service or scope of the system's manager that the process is in; `nil` if it is in none.
  ///
  /// systemd names the group of a unit after it, below the groups of its slices, and what a unit makes for itself lies below
  /// that. Of what the manager of a user runs the system's manager knows nothing but that manager.
  ///
  /// `manager` is the groups of that manager, process 1, which need not be at the top.
  package func unit(of manager: ControlGroups?) -> UnitMembership? {
    let candidates = rows.filter(\.isUnified) + rows.filter(\.isManagers)
    for row in candidates {
      let top = manager?.rows.first { $0.hierarchy == row.hierarchy && $0.controllers == row.controllers }?.path ?? ""
      guard let path = row.path.below(top.hasSuffix(Self.managersOwn) ? top.dropLast(Self.managersOwn.count) : top),
        let group = path.split(separator: "/").first(where: { !Self.isSlice($0) }),
        let unit = UnitName(String(Self.unescaped(group)))
      else { continue }
      guard unit.kind == .scope || !unit.rawValue.hasPrefix("user@") else { return nil }
      return UnitMembership(unit: unit, group: row.isUnified ? String(row.path[..<group.endIndex]) : nil)
    }
    return nil
  }

  /// The group that the manager is in itself, below its top.
  private static let managersOwn = "/init.scope"

  private static func isSlice(_ group: Substring) -> Bool {
    let name = unescaped(group)
    return name.hasSuffix(".slice") && UnitName.isStem(name.dropLast(".slice".count))
  }

  /// The name of what a group is for: systemd puts `_` before one that the kernel could take for its own file.
  private static func unescaped(_ group: Substring) -> Substring { group.hasPrefix("_") ? group.dropFirst() : group }
}

extension Substring {
  /// What follows in a path after a group that it is in; `nil` if it is not in it.
  fileprivate func below(_ group: Substring) -> Substring? {
    guard hasPrefix(group) else { return nil }
    let rest = dropFirst(group.count)
    return rest.isEmpty || rest.hasPrefix("/") ? rest : nil
  }
}
