// SPDX-License-Identifier: Apache-2.0
// What the kinds of the host's devices and links mean.

private typealias Field = KindDefinition.Field

extension KindDefinition.Field {
  private static let vms = Field("vms", .list, "object paths of the machines that use it")

  /// What every event of a device tells.
  fileprivate static let device: [Self] = [
    .init("subsystem", .string, "subsystem"),
    .init("deviceType", .string, "device type, may be empty"),
    .init("node", .string, "device node, may be empty"),
    .init("properties", .map, "udev properties"),
    vms,
  ]

  /// What an event tells of a device that is not as it was.
  fileprivate static let changedDevice: [Self] =
    device + [
      .init("changes", .map, "properties that changed"),
      .init("previous", .map, "what they were before"),
    ]

  /// What every event of a link tells.
  fileprivate static let link: [Self] = [.init("index", .uint, "interface index"), vms]

  /// What an event tells of a link that comes or goes.
  fileprivate static let describedLink: [Self] =
    link + [
      .init("kind", .string, "kind of link"),
      .init("address", .string, "hardware address"),
      .init("mtu", .uint, "bytes"),
      .init("master", .string, "name of the master, empty when none"),
      .init("parent", .string, "device that the card is, as bus/name; empty when it is none"),
    ]

  /// What an event tells of an address.
  fileprivate static let linkAddress: [Self] =
    link + [
      .init("address", .string, "address and prefix length"),
      .init("scope", .string, "scope"),
      .init("peer", .string, "other end of a point-to-point link"),
    ]

  /// What an event tells of a neighbour.
  fileprivate static let neighbour: [Self] =
    link + [
      .init("address", .string, "hardware address"),
      .init("vlan", .uint, "VLAN, where the bridge tells them apart"),
      .init("destination", .string, "other end of the tunnel, where there is one"),
    ]
}

extension EventKind {
  var hostDefinition: KindDefinition? {
    switch self {
    case .deviceAdded:
      KindDefinition(.info, "A device appeared.", fields: Field.device)
    case .deviceRemoved:
      KindDefinition(.info, "A device went; its last known properties come along.", fields: Field.device)
    case .deviceChanged:
      KindDefinition(.info, "A device changed.", fields: Field.changedDevice)
    case .deviceBound:
      KindDefinition(.info, "A driver took a device.", fields: Field.changedDevice)
    case .deviceUnbound:
      KindDefinition(.info, "A driver let go of a device.", fields: Field.changedDevice)
    case .deviceMoved:
      KindDefinition(
        .info, "A device has another path.",
        fields: Field.device + [.init("previous", .string, "its path before")])
    case .deviceOnline:
      KindDefinition(.info, "A device went into service.", fields: Field.changedDevice)
    case .deviceOffline:
      KindDefinition(.info, "A device went out of service.", fields: Field.changedDevice)
    case .linkAdded:
      KindDefinition(.info, "A network link appeared.", fields: Field.describedLink)
    case .linkRemoved:
      KindDefinition(.info, "A network link went.", fields: Field.describedLink)
    case .linkRenamed:
      KindDefinition(
        .info, "A network link has another name.",
        fields: Field.link + [.init("previous", .string, "its name before")])
    case .linkUp:
      KindDefinition(.info, "A network link was switched on.", fields: Field.link)
    case .linkDown:
      KindDefinition(.notice, "A network link was switched off.", fields: Field.link)
    case .linkCarrierGained:
      KindDefinition(.info, "A network link has a carrier.", fields: Field.link)
    case .linkCarrierLost:
      KindDefinition(.warning, "A network link lost its carrier.", fields: Field.link)
    case .linkMTUChanged:
      KindDefinition(
        .info, "A network link has another MTU.",
        fields: Field.link + [
          .init("mtu", .uint, "bytes"),
          .init("previous", .uint, "bytes before"),
        ])
    case .linkAddressChanged:
      KindDefinition(
        .info, "A network link has another hardware address.",
        fields: Field.link + [
          .init("address", .string, "the address"),
          .init("previous", .string, "the address before"),
        ])
    case .linkMasterChanged:
      KindDefinition(
        .info, "A network link joined or left a bridge or bond.",
        fields: Field.link + [
          .init("master", .string, "name of the master, empty when none"),
          .init("previous", .string, "name of the master before"),
        ])
    case .linkStateChanged:
      KindDefinition(
        .info, "A network link changed its operational state otherwise.",
        fields: Field.link + [
          .init("operationalState", .string, "state by its RFC 2863 name"),
          .init("previous", .string, "the state before"),
        ])
    case .linkVFChanged:
      KindDefinition(
        .notice, "A virtual function of a network card was set up anew.",
        fields: Field.link + [
          .init("vf", .uint, "number of the function"),
          .init("changes", .map, "what changed"),
          .init("previous", .map, "what it was before"),
        ])
    case .addressAdded:
      KindDefinition(.info, "A network link got an address.", fields: Field.linkAddress)
    case .addressRemoved:
      KindDefinition(.info, "A network link lost an address.", fields: Field.linkAddress)
    case .neighbourAdded:
      KindDefinition(.debug, "A bridge learned where an address is.", fields: Field.neighbour)
    case .neighbourRemoved:
      KindDefinition(.debug, "A bridge forgot where an address is.", fields: Field.neighbour)
    default: nil
    }
  }
}
