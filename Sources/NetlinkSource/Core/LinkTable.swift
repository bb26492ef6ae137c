// SPDX-License-Identifier: Apache-2.0
// The links as they are known, and what each message changes about them.

import EventModel

/// The links, their addresses and what bridges learned, as they are known: each message put in gives what it changed.
struct LinkTable {
  /// What was left out, and why.
  enum Excess: String {
    case links = "more links than the limit allows"
    case addresses = "more addresses on a link than the limit allows"
    case neighbours = "more learned neighbours than the limit allows"
  }

  private let limits: NetlinkLimits
  private(set) var links: [UInt32: LinkRecord] = [:]
  private var addresses: [UInt32: [AddressRecord]] = [:]
  private var neighbours: [UInt32: Set<NeighbourRecord>] = [:]
  private var neighbourCount = 0
  /// What was left out since it was last asked.
  private(set) var excess: Set<Excess> = []

  init(limits: NetlinkLimits) { self.limits = limits }

  /// The name of a link by its index: its number when it is not known, nothing for 0.
  func name(of index: UInt32) -> String {
    index == 0 ? "" : links[index]?.name ?? "#\(index)"
  }

  /// The addresses of a link with their prefix lengths.
  func addresses(of index: UInt32) -> [AddressRecord] { addresses[index] ?? [] }

  /// The cards among the links: those that may have virtual functions.
  var cards: [UInt32] { links.values.filter { !$0.parent.isEmpty }.map(\.index).sorted() }

  /// The cards that have virtual functions.
  var cardsWithFunctions: [UInt32] {
    links.values.filter { $0.functions?.isEmpty == false }.map(\.index).sorted()
  }

  /// The links that belong to a bridge or bond.
  func ports(of master: UInt32) -> [LinkRecord] {
    links.values.filter { $0.master == master }.sorted { $0.index < $1.index }
  }

  /// What was left out, once.
  mutating func takeExcess() -> Set<Excess> {
    defer { excess = [] }
    return excess
  }

  // MARK: Links

  /// A link is like this now.
  mutating func put(_ link: LinkRecord) -> [LinkChange] {
    var link = link
    guard let old = links[link.index] else {
      guard links.count < limits.links else {
        excess.insert(.links)
        return []
      }
      links[link.index] = link
      return [.added(link)]
    }
    // A notification says nothing of functions; what a query said stays until the next one.
    if link.functions == nil { link.functions = old.functions }
    links[link.index] = link
    return LinkChange.between(old, link, masterName: name(of:))
  }

  /// A link is gone, with all that belongs to it.
  mutating func removeLink(_ index: UInt32) -> [LinkChange] {
    guard let old = links.removeValue(forKey: index) else { return [] }
    addresses[index] = nil
    neighbourCount -= neighbours.removeValue(forKey: index)?.count ?? 0
    return [.removed(old)]
  }

  /// What a query said of the functions of a card.
  mutating func put(functions: [VirtualFunction], of index: UInt32) -> [LinkChange] {
    guard var link = links[index] else { return [] }
    link.functions = functions
    return put(link)
  }

  // MARK: Addresses and neighbours

  mutating func put(_ address: AddressRecord) -> [LinkChange] {
    guard links[address.index] != nil else { return [] }
    let known = addresses[address.index, default: []]
    guard !known.contains(address) else { return [] }
    guard known.count < limits.addressesPerLink else {
      excess.insert(.addresses)
      return []
    }
    addresses[address.index, default: []].append(address)
    return [.addressAdded(address)]
  }

  mutating func remove(_ address: AddressRecord) -> [LinkChange] {
    guard let position = addresses[address.index]?.firstIndex(of: address) else { return [] }
    addresses[address.index]?.remove(at: position)
    return [.addressRemoved(address)]
  }

  mutating func put(_ neighbour: NeighbourRecord) -> [LinkChange] {
    guard links[neighbour.index] != nil else { return [] }
    guard neighbours[neighbour.index]?.contains(neighbour) != true else { return [] }
    guard neighbourCount < limits.neighbours else {
      excess.insert(.neighbours)
      return []
    }
    neighbours[neighbour.index, default: []].insert(neighbour)
    neighbourCount += 1
    return [.neighbourAdded(neighbour)]
  }

  mutating func remove(_ neighbour: NeighbourRecord) -> [LinkChange] {
    guard neighbours[neighbour.index]?.remove(neighbour) != nil else { return [] }
    neighbourCount -= 1
    return [.neighbourRemoved(neighbour)]
  }

  // MARK: Comparing

  /// Compares with what the kernel listed, all but what notifications told of since the listing began: they are newer.
  mutating func reconcile(_ snapshot: Snapshot, touched: Touched) -> [LinkChange] {
    var changes: [LinkChange] = []
    let listed = Set(snapshot.links.map(\.index))
    if snapshot.isConsistent {
      for index in links.keys.sorted() where !listed.contains(index) && !touched.links.contains(index) {
        changes += removeLink(index)
      }
    }
    for link in snapshot.links where !touched.links.contains(link.index) {
      var link = link
      if touched.functions.contains(link.index) { link.functions = nil }
      if let old = links[link.index], !old.isSame(as: link) { changes += removeLink(link.index) }
      changes += put(link)
    }
    changes += reconcileAddresses(snapshot, touched: touched)
    changes += reconcileNeighbours(snapshot, touched: touched)
    return changes
  }

  private mutating func reconcileAddresses(_ snapshot: Snapshot, touched: Touched) -> [LinkChange] {
    guard let listed = snapshot.addresses else { return [] }
    var changes: [LinkChange] = []
    let set = Set(listed)
    if snapshot.isConsistent {
      for index in addresses.keys.sorted() {
        for address in addresses(of: index) where !set.contains(address) && !touched.addresses.contains(address) {
          changes += remove(address)
        }
      }
    }
    for address in listed where !touched.addresses.contains(address) { changes += put(address) }
    return changes
  }

  private mutating func reconcileNeighbours(_ snapshot: Snapshot, touched: Touched) -> [LinkChange] {
    guard let listed = snapshot.neighbours else { return [] }
    var changes: [LinkChange] = []
    let set = Set(listed)
    if snapshot.isConsistent {
      for neighbour in neighbours.values.flatMap(\.self)
      where !set.contains(neighbour) && !touched.neighbours.contains(neighbour) {
        changes += remove(neighbour)
      }
    }
    for neighbour in listed where !touched.neighbours.contains(neighbour) { changes += put(neighbour) }
    return changes
  }
}

/// What the kernel listed.
struct Snapshot: Sendable {
  var links: [LinkRecord] = []
  /// nil when they are not watched.
  var addresses: [AddressRecord]?
  /// nil when they are not watched.
  var neighbours: [NeighbourRecord]?
  /// Whether nothing changed while the kernel went through its lists: only then does absence mean that something is gone.
  var isConsistent = true
}

extension LinkRecord {
  /// Whether two records with one index are of one link, and not of one that came after another with its index.
  ///
  /// Indices are given anew after a restart of the host.
  func isSame(as other: LinkRecord) -> Bool {
    index == other.index && kind == other.kind && (name == other.name || address == other.address)
  }
}
