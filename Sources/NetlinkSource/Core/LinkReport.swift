// SPDX-License-Identifier: Apache-2.0
// What happened to links, as events and objects.

import EventModel
import Hub

/// Turns what happened to links into what the hub is handed.
struct LinkReport: Sendable {
  let source: Subject
  let origin: Origin
  let table: LinkTable

  /// What the hub is handed for a change.
  func operations(_ change: LinkChange) -> [HubOperation] {
    switch change {
    case .added(let link): return [.add(object(link), draft(.linkAdded, link, description(link)))]
    case .removed(let link): return [.remove(link.subject, draft(.linkRemoved, link, description(link)))]
    case .renamed(let link, let previous):
      // Its ports call it by its new name from now on.
      let ports = table.ports(of: link.index).map {
        HubOperation.update($0.subject, [.master: .string(link.name)])
      }
      return [event(.linkRenamed, link, ["previous": .string(previous)])] + ports
    case .address(let link, let previous):
      return [event(.linkAddressChanged, link, ["address": .string(link.address), "previous": .string(previous)])]
    case .mtu(let link, let previous):
      return [event(.linkMTUChanged, link, ["mtu": .uint(UInt64(link.mtu)), "previous": .uint(UInt64(previous))])]
    case .master(let link, let previous):
      return [
        event(
          .linkMasterChanged, link,
          ["master": .string(table.name(of: link.master)), "previous": .string(previous)])
      ]
    case .up(let link): return [event(.linkUp, link)]
    case .down(let link): return [event(.linkDown, link)]
    case .carrierGained(let link): return [event(.linkCarrierGained, link)]
    case .carrierLost(let link): return [event(.linkCarrierLost, link)]
    case .state(let link, let previous):
      return [
        event(
          .linkStateChanged, link,
          ["operationalState": .string(link.state.rawValue), "previous": .string(previous.rawValue)])
      ]
    case .function(let link, let number, let previous, let now):
      return [event(.linkVFChanged, link, function(number, previous, now))]
    case .silent(let link): return [.update(link.subject, link.properties(master: table.name(of: link.master)))]
    case .addressAdded(let address): return [self.address(.addressAdded, address)]
    case .addressRemoved(let address): return [self.address(.addressRemoved, address)]
    case .neighbourAdded(let neighbour): return [self.neighbour(.neighbourAdded, neighbour)]
    case .neighbourRemoved(let neighbour): return [self.neighbour(.neighbourRemoved, neighbour)]
    }
  }

  /// The link as an object.
  func object(_ link: LinkRecord) -> HubObject {
    link.object(master: table.name(of: link.master), addresses: table.addresses(of: link.index))
  }

  private func draft(
    _ kind: EventKind, _ link: LinkRecord, _ data: Fields = [:], _ changes: PropertyChanges = [:]
  ) -> EventDraft {
    let index: Fields = ["index": .uint(UInt64(link.index))]
    return EventDraft(
      kind, subject: link.subject, source: source, origin: origin, data: index.merging(data), changes: changes)
  }

  private func event(_ kind: EventKind, _ link: LinkRecord, _ data: Fields = [:]) -> HubOperation {
    .publish(draft(kind, link, data, link.properties(master: table.name(of: link.master))))
  }

  private func description(_ link: LinkRecord) -> Fields {
    [
      "kind": .string(link.kind), "address": .string(link.address), "mtu": .uint(UInt64(link.mtu)),
      "master": .string(table.name(of: link.master)), "parent": .string(link.parent),
    ]
  }

  private func function(_ number: UInt32, _ previous: VirtualFunction?, _ now: VirtualFunction?) -> Fields {
    var data: Fields = ["vf": .uint(UInt64(number))]
    let (before, after) = (previous?.fields ?? [:], now?.fields ?? [:])
    if previous == nil || now == nil {
      let presence: Fields = ["present": .bool(now != nil)]
      data["changes"] = .map(presence.merging(after))
      return data
    }
    data["changes"] = .map(Fields(after.filter { before[$0.name] != $0.value }.map { ($0.name, $0.value) }))
    data["previous"] = .map(Fields(before.filter { after[$0.name] != $0.value }.map { ($0.name, $0.value) }))
    return data
  }

  private func address(_ kind: EventKind, _ address: AddressRecord) -> HubOperation {
    let link = LinkRecord(index: address.index, name: "")
    var data: Fields = ["address": .string(address.text), "scope": .string(address.scope)]
    if !address.peer.isEmpty { data["peer"] = .string(address.peer) }
    let addresses = table.addresses(of: address.index).map(\.text)
    return .publish(draft(kind, link, data, [.addresses: .strings(addresses)]))
  }

  private func neighbour(_ kind: EventKind, _ neighbour: NeighbourRecord) -> HubOperation {
    let link = LinkRecord(index: neighbour.index, name: "")
    var data: Fields = ["address": .string(neighbour.address)]
    if neighbour.vlan != 0 { data["vlan"] = .uint(UInt64(neighbour.vlan)) }
    if !neighbour.destination.isEmpty { data["destination"] = .string(neighbour.destination) }
    return .publish(draft(kind, link, data))
  }
}
