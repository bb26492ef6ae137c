// SPDX-License-Identifier: Apache-2.0
// What the kinds of the host's devices and links mean.

extension EventKind {
  var hostDefinition: KindDefinition? {
    switch self {
    case .deviceAdded:
      KindDefinition(
        .info, "A device appeared.",
        fields: [
          .init("subsystem", .string, "subsystem"),
          .init("deviceType", .string, "device type, may be empty"),
          .init("node", .string, "device node, may be empty"),
          .init("properties", .map, "udev properties"),
          .init("vms", .list, "object paths of the machines that use it"),
        ])
    case .deviceRemoved:
      KindDefinition(
        .info, "A device went; its last known properties come along.",
        fields: [
          .init("subsystem", .string, "subsystem"),
          .init("deviceType", .string, "device type, may be empty"),
          .init("node", .string, "device node, may be empty"),
          .init("properties", .map, "udev properties"),
          .init("vms", .list, "object paths of the machines that use it"),
        ])
    case .deviceChanged:
      KindDefinition(
        .info, "A device changed.",
        fields: [
          .init("subsystem", .string, "subsystem"),
          .init("deviceType", .string, "device type, may be empty"),
          .init("node", .string, "device node, may be empty"),
          .init("properties", .map, "udev properties"),
          .init("vms", .list, "object paths of the machines that use it"),
          .init("changes", .map, "properties that changed"),
          .init("previous", .map, "what they were before"),
        ])
    case .deviceBound:
      KindDefinition(
        .info, "A driver took a device.",
        fields: [
          .init("subsystem", .string, "subsystem"),
          .init("deviceType", .string, "device type, may be empty"),
          .init("node", .string, "device node, may be empty"),
          .init("properties", .map, "udev properties"),
          .init("vms", .list, "object paths of the machines that use it"),
          .init("changes", .map, "properties that changed"),
          .init("previous", .map, "what they were before"),
        ])
    case .deviceUnbound:
      KindDefinition(
        .info, "A driver let go of a device.",
        fields: [
          .init("subsystem", .string, "subsystem"),
          .init("deviceType", .string, "device type, may be empty"),
          .init("node", .string, "device node, may be empty"),
          .init("properties", .map, "udev properties"),
          .init("vms", .list, "object paths of the machines that use it"),
          .init("changes", .map, "properties that changed"),
          .init("previous", .map, "what they were before"),
        ])
    case .deviceMoved:
      KindDefinition(
        .info, "A device has another path.",
        fields: [
          .init("subsystem", .string, "subsystem"),
          .init("deviceType", .string, "device type, may be empty"),
          .init("node", .string, "device node, may be empty"),
          .init("properties", .map, "udev properties"),
          .init("vms", .list, "object paths of the machines that use it"),
          .init("previous", .string, "its path before"),
        ])
    case .deviceOnline:
      KindDefinition(
        .info, "A device went into service.",
        fields: [
          .init("subsystem", .string, "subsystem"),
          .init("deviceType", .string, "device type, may be empty"),
          .init("node", .string, "device node, may be empty"),
          .init("properties", .map, "udev properties"),
          .init("vms", .list, "object paths of the machines that use it"),
          .init("changes", .map, "properties that changed"),
          .init("previous", .map, "what they were before"),
        ])
    case .deviceOffline:
      KindDefinition(
        .info, "A device went out of service.",
        fields: [
          .init("subsystem", .string, "subsystem"),
          .init("deviceType", .string, "device type, may be empty"),
          .init("node", .string, "device node, may be empty"),
          .init("properties", .map, "udev properties"),
          .init("vms", .list, "object paths of the machines that use it"),
          .init("changes", .map, "properties that changed"),
          .init("previous", .map, "what they were before"),
        ])
    case .linkAdded:
      KindDefinition(
        .info, "A network link appeared.",
        fields: [
          .init("index", .uint, "interface index"),
          .init("vms", .list, "object paths of the machines that use it"),
          .init("kind", .string, "kind of link"),
          .init("address", .string, "hardware address"),
          .init("mtu", .uint, "bytes"),
          .init("master", .string, "name of the master, empty when none"),
          .init("parent", .string, "device that the card is, as bus/name; empty when it is none"),
        ])
    case .linkRemoved:
      KindDefinition(
        .info, "A network link went.",
        fields: [
          .init("index", .uint, "interface index"),
          .init("vms", .list, "object paths of the machines that use it"),
          .init("kind", .string, "kind of link"),
          .init("address", .string, "hardware address"),
          .init("mtu", .uint, "bytes"),
          .init("master", .string, "name of the master, empty when none"),
          .init("parent", .string, "device that the card is, as bus/name; empty when it is none"),
        ])
    case .linkRenamed:
      KindDefinition(
        .info, "A network link has another name.",
        fields: [
          .init("index", .uint, "interface index"),
          .init("vms", .list, "object paths of the machines that use it"),
          .init("previous", .string, "its name before"),
        ])
    case .linkUp:
      KindDefinition(
        .info, "A network link was switched on.",
        fields: [
          .init("index", .uint, "interface index"),
          .init("vms", .list, "object paths of the machines that use it"),
        ])
    case .linkDown:
      KindDefinition(
        .notice, "A network link was switched off.",
        fields: [
          .init("index", .uint, "interface index"),
          .init("vms", .list, "object paths of the machines that use it"),
        ])
    case .linkCarrierGained:
      KindDefinition(
        .info, "A network link has a carrier.",
        fields: [
          .init("index", .uint, "interface index"),
          .init("vms", .list, "object paths of the machines that use it"),
        ])
    case .linkCarrierLost:
      KindDefinition(
        .warning, "A network link lost its carrier.",
        fields: [
          .init("index", .uint, "interface index"),
          .init("vms", .list, "object paths of the machines that use it"),
        ])
    case .linkMTUChanged:
      KindDefinition(
        .info, "A network link has another MTU.",
        fields: [
          .init("index", .uint, "interface index"),
          .init("vms", .list, "object paths of the machines that use it"),
          .init("mtu", .uint, "bytes"),
          .init("previous", .uint, "bytes before"),
        ])
    case .linkAddressChanged:
      KindDefinition(
        .info, "A network link has another hardware address.",
        fields: [
          .init("index", .uint, "interface index"),
          .init("vms", .list, "object paths of the machines that use it"),
          .init("address", .string, "the address"),
          .init("previous", .string, "the address before"),
        ])
    case .linkMasterChanged:
      KindDefinition(
        .info, "A network link joined or left a bridge or bond.",
        fields: [
          .init("index", .uint, "interface index"),
          .init("vms", .list, "object paths of the machines that use it"),
          .init("master", .string, "name of the master, empty when none"),
          .init("previous", .string, "name of the master before"),
        ])
    case .linkStateChanged:
      KindDefinition(
        .info, "A network link changed its operational state otherwise.",
        fields: [
          .init("index", .uint, "interface index"),
          .init("vms", .list, "object paths of the machines that use it"),
          .init("operationalState", .string, "state by its RFC 2863 name"),
          .init("previous", .string, "the state before"),
        ])
    case .linkVFChanged:
      KindDefinition(
        .notice, "A virtual function of a network card was set up anew.",
        fields: [
          .init("index", .uint, "interface index"),
          .init("vms", .list, "object paths of the machines that use it"),
          .init("vf", .uint, "number of the function"),
          .init("changes", .map, "what changed"),
          .init("previous", .map, "what it was before"),
        ])
    case .addressAdded:
      KindDefinition(
        .info, "A network link got an address.",
        fields: [
          .init("index", .uint, "interface index"),
          .init("vms", .list, "object paths of the machines that use it"),
          .init("address", .string, "address and prefix length"),
          .init("scope", .string, "scope"),
          .init("peer", .string, "other end of a point-to-point link"),
        ])
    case .addressRemoved:
      KindDefinition(
        .info, "A network link lost an address.",
        fields: [
          .init("index", .uint, "interface index"),
          .init("vms", .list, "object paths of the machines that use it"),
          .init("address", .string, "address and prefix length"),
          .init("scope", .string, "scope"),
          .init("peer", .string, "other end of a point-to-point link"),
        ])
    case .neighbourAdded:
      KindDefinition(
        .debug, "A bridge learned where an address is.",
        fields: [
          .init("index", .uint, "interface index"),
          .init("vms", .list, "object paths of the machines that use it"),
          .init("address", .string, "hardware address"),
          .init("vlan", .uint, "VLAN, where the bridge tells them apart"),
          .init("destination", .string, "other end of the tunnel, where there is one"),
        ])
    case .neighbourRemoved:
      KindDefinition(
        .debug, "A bridge forgot where an address is.",
        fields: [
          .init("index", .uint, "interface index"),
          .init("vms", .list, "object paths of the machines that use it"),
          .init("address", .string, "hardware address"),
          .init("vlan", .uint, "VLAN, where the bridge tells them apart"),
          .init("destination", .string, "other end of the tunnel, where there is one"),
        ])
    default: nil
    }
  }
}
