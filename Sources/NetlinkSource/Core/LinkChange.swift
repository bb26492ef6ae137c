// SPDX-License-Identifier: Apache-2.0
// What can happen to links.

import EventModel

/// One thing that happened to a link, found by comparing what was known with what the kernel says.
enum LinkChange: Equatable {
  case added(LinkRecord)
  case removed(LinkRecord)
  case renamed(LinkRecord, previous: String)
  case address(LinkRecord, previous: String)
  case mtu(LinkRecord, previous: UInt32)
  case master(LinkRecord, previous: String)
  case up(LinkRecord)
  case down(LinkRecord)
  case carrierGained(LinkRecord)
  case carrierLost(LinkRecord)
  case state(LinkRecord, previous: LinkRecord.OperationalState)
  case function(LinkRecord, number: UInt32, previous: VirtualFunction?, now: VirtualFunction?)
  /// Something that shows in the object and is no event.
  case silent(LinkRecord)
  case addressAdded(AddressRecord)
  case addressRemoved(AddressRecord)
  case neighbourAdded(NeighbourRecord)
  case neighbourRemoved(NeighbourRecord)

  /// What happened to a link that was like `old` and is like `new`, in the order in which it is told.
  ///
  /// A carrier that goes because the link is switched off is no loss, and is not told.
  static func between(_ old: LinkRecord, _ new: LinkRecord, masterName: (UInt32) -> String) -> [LinkChange] {
    guard old != new else { return [] }
    var changes: [LinkChange] = []
    if old.name != new.name { changes.append(.renamed(new, previous: old.name)) }
    if old.address != new.address { changes.append(.address(new, previous: old.address)) }
    if old.mtu != new.mtu { changes.append(.mtu(new, previous: old.mtu)) }
    if old.master != new.master { changes.append(.master(new, previous: masterName(old.master))) }
    let before = changes.count
    if old.isUp != new.isUp { changes.append(new.isUp ? .up(new) : .down(new)) }
    if new.isUp, old.hasCarrier != new.hasCarrier {
      changes.append(new.hasCarrier ? .carrierGained(new) : .carrierLost(new))
    }
    if old.state != new.state, changes.count == before { changes.append(.state(new, previous: old.state)) }
    changes += functions(of: old, new)
    return changes.isEmpty ? [.silent(new)] : changes
  }

  private static func functions(of old: LinkRecord, _ new: LinkRecord) -> [LinkChange] {
    guard let now = new.functions, old.functions != now else { return [] }
    // A number that comes twice would be a mistake of the kernel; the last one counts.
    let before = Dictionary((old.functions ?? []).map { ($0.number, $0) }, uniquingKeysWith: { $1 })
    let after = Dictionary(now.map { ($0.number, $0) }, uniquingKeysWith: { $1 })
    return Set(before.keys).union(after.keys).sorted().filter { before[$0] != after[$0] }.map {
      .function(new, number: $0, previous: before[$0], now: after[$0])
    }
  }
}
