// SPDX-License-Identifier: Apache-2.0
// Sources of one sort, as a label of metrics.

import EventModel

/// Sources of one sort: each of the host's own by itself, and all monitors or all agents together.
///
/// A metric for each machine would make as many series as a host has machines, and more with each that comes and goes; so
/// what stands in a source's name behind a colon, the machine, does not count.
struct SourceGroup: Hashable, Comparable, Sendable {
  /// The name: `udev`, `qmp`, `agent`.
  let name: String

  /// The group of a source, or of what feeds events itself: the hub.
  init(_ source: Subject) {
    guard source.category == .source else {
      name = source.category.rawValue
      return
    }
    name = source.key.utf8.firstIndex(of: UInt8(ascii: ":")).map { String(source.key[..<$0]) } ?? source.key
  }

  static func < (left: SourceGroup, right: SourceGroup) -> Bool { left.name < right.name }
}
