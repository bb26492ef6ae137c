// SPDX-License-Identifier: Apache-2.0
// Links as objects of the registry, and back.

import EventModel

extension LinkRecord {
  /// The subject of the link.
  var subject: Subject { Subject(.link, String(index)) }

  /// The link as an object of the registry.
  func object(master: String, addresses: [AddressRecord]) -> HubObject {
    var properties = properties(master: master)
    properties[.index] = .uint(UInt64(index))
    properties[.kind] = .string(kind)
    properties[.addresses] = .strings(addresses.map(\.text))
    return HubObject(subject, properties)
  }

  /// The properties that can change, all but the addresses.
  func properties(master: String) -> PropertyChanges {
    [
      .name: .string(name), .state: .string(state.rawValue), .address: .string(address), .isUp: .bool(isUp),
      .carrier: .bool(hasCarrier), .mtu: .uint(UInt64(mtu)), .master: .string(master),
      .alternativeNames: .strings(alternativeNames),
      .virtualFunctions: .list((functions ?? []).map { .map($0.fields) }),
    ]
  }

  /// The link that an object of an earlier run shows; the object has the name of its master, whose index is asked for.
  init?(_ object: HubObject, indexOfMaster: (String) -> UInt32?) {
    guard let index = object[.index]?.uint.flatMap(UInt32.init(exactly:)), index > 0 else { return nil }
    self.init(index: index, name: object.name)
    kind = object[.kind]?.string ?? ""
    address = object[.address]?.string ?? ""
    mtu = object[.mtu]?.uint.flatMap(UInt32.init(exactly:)) ?? 0
    isUp = object[.isUp]?.bool ?? false
    hasCarrier = object[.carrier]?.bool ?? false
    state = OperationalState(rawValue: object.state) ?? .unknown
    master = object[.master]?.string.flatMap(indexOfMaster) ?? 0
    alternativeNames = object[.alternativeNames]?.list?.compactMap(\.string) ?? []
    functions = object[.virtualFunctions]?.list?.compactMap { $0.map.flatMap(VirtualFunction.init) }
  }
}
