// SPDX-License-Identifier: Apache-2.0
// What the kinds of a machine's devices, console and agent mean.

private typealias Field = KindDefinition.Field

extension KindDefinition.Field {
  /// What every event of a viewer of the screen tells.
  fileprivate static let viewer: [Self] = [
    .init("protocol", .string, "vnc or spice"),
    .init("client", .map, "host, service, family"),
    .init("server", .map, "host, service, family"),
    .init("authentication", .string, "kind"),
  ]
}

extension EventKind {
  var devicesDefinition: KindDefinition? {
    switch self {
    case .vmDeviceRemoved:
      KindDefinition(
        .info, "A device left the machine.",
        fields: [
          .init("device", .string, "device ID, where it had one"),
          .init("path", .string, "device object"),
        ])
    case .vmDeviceAdded:
      KindDefinition(
        .info, "A device joined the machine.",
        fields: [
          .init("device", .string, "device ID"),
          .init("path", .string, "device object"),
        ])
    case .vmDeviceUnplugRefused:
      KindDefinition(
        .warning, "The guest refused to give up a device.",
        fields: [
          .init("device", .string, "device ID, where it has one"),
          .init("path", .string, "device object"),
        ])
    case .vmDeviceACPIOST:
      KindDefinition(
        .info, "The guest reported on a hot-plug request.",
        fields: [
          .init("device", .string, "device ID"),
          .init("slot", .string, "slot"),
          .init("slotType", .string, "DIMM or CPU"),
          .init("source", .int, "ACPI source event"),
          .init("status", .int, "ACPI status"),
        ])
    case .vmDeviceVFUHangup:
      KindDefinition(
        .warning, "The client of a device served to another process went away.",
        fields: [
          .init("vfuID", .string, "server ID"),
          .init("vfuQOMPath", .string, "server object"),
          .init("deviceID", .string, "device ID"),
          .init("deviceQOMPath", .string, "device object"),
        ])
    case .vmMemoryBalloon:
      KindDefinition(
        .info, "The balloon changed the memory of the guest.",
        fields: [
          .init("actual", .uint, "bytes the guest has now")
        ])
    case .vmMemoryHVBalloon:
      KindDefinition(
        .info, "The guest reported on its memory.",
        fields: [
          .init("committed", .uint, "bytes committed"),
          .init("available", .uint, "bytes available"),
        ])
    case .vmMemoryDeviceSize:
      KindDefinition(
        .info, "A memory device changed its size.",
        fields: [
          .init("id", .string, "device ID"),
          .init("size", .uint, "bytes"),
          .init("qomPath", .string, "device object"),
        ])
    case .vmMemoryUnplugError:
      KindDefinition(
        .warning, "A memory device could not be unplugged.",
        fields: [
          .init("device", .string, "device ID"),
          .init("message", .string, "why"),
        ])
    case .vmCPUPolarization:
      KindDefinition(
        .info, "The guest changed the polarization of its processors.",
        fields: [
          .init("polarization", .string, "horizontal or vertical")
        ])
    case .vmPortOpened:
      KindDefinition(
        .info, "The guest opened a serial port.",
        fields: [
          .init("id", .string, "port device")
        ])
    case .vmPortClosed:
      KindDefinition(
        .info, "The guest closed a serial port.",
        fields: [
          .init("id", .string, "port device")
        ])
    case .vmNetRXFilter:
      KindDefinition(
        .info, "The guest changed the receive filter of a network card.",
        fields: [
          .init("name", .string, "device ID"),
          .init("path", .string, "device object"),
        ])
    case .vmNetStreamConnected:
      KindDefinition(
        .info, "A stream network back end was connected.",
        fields: [
          .init("netdevID", .string, "the back end"),
          .init("address", .map, "peer address"),
        ])
    case .vmNetStreamDisconnected:
      KindDefinition(
        .warning, "A stream network back end lost its peer.",
        fields: [
          .init("netdevID", .string, "the back end")
        ])
    case .vmNetVhostUserConnected:
      KindDefinition(
        .info, "A vhost-user network back end was connected.",
        fields: [
          .init("netdevID", .string, "the back end"),
          .init("chardevID", .string, "its character device"),
        ])
    case .vmNetVhostUserDisconnected:
      KindDefinition(
        .warning, "A vhost-user network back end lost its peer.",
        fields: [
          .init("netdevID", .string, "the back end")
        ])
    case .vmNetRDMAGID:
      KindDefinition(
        .info, "An RDMA network card changed an address.",
        fields: [
          .init("netdev", .string, "host card"),
          .init("present", .bool, "whether the address is there"),
          .init("subnetPrefix", .uint, "prefix"),
          .init("interfaceID", .uint, "interface"),
        ])
    case .vmRTCChanged:
      KindDefinition(
        .info, "The guest set its clock.",
        fields: [
          .init("offset", .int, "seconds from the base"),
          .init("qomPath", .string, "clock device"),
        ])
    case .vmConsoleConnected:
      KindDefinition(.info, "A client connected to the console.", fields: Field.viewer)
    case .vmConsoleInitialized:
      KindDefinition(.info, "A client of the console was let in.", fields: Field.viewer)
    case .vmConsoleDisconnected:
      KindDefinition(.info, "A client left the console.", fields: Field.viewer)
    case .vmConsoleMigrateCompleted:
      KindDefinition(
        .info, "The console moved with the machine.",
        fields: [
          .init("protocol", .string, "spice")
        ])
    case .vmAgentConnected:
      KindDefinition(
        .info, "The guest agent answers.",
        fields: [
          .init("version", .string, "version of the agent")
        ])
    case .vmAgentDisconnected:
      KindDefinition(
        .notice, "The guest agent is gone.")
    case .vmAgentUnresponsive:
      KindDefinition(
        .warning, "The guest agent does not answer.",
        fields: [
          .init("command", .string, "what it was asked"),
          .init("seconds", .double, "for how long it was silent"),
        ])
    case .vmGuestHostname:
      KindDefinition(
        .info, "The host name of the guest changed.",
        fields: [
          .init("hostname", .string, "the name"),
          .init("previous", .string, "the name before"),
        ])
    case .vmGuestOS:
      KindDefinition(
        .info, "The operating system of the guest changed.",
        fields: [
          .init("os", .map, "id, name, version, kernel"),
          .init("previous", .map, "the same before"),
        ])
    case .vmGuestAddresses:
      KindDefinition(
        .info, "The network addresses of the guest changed.",
        fields: [
          .init("addresses", .list, "all addresses now"),
          .init("added", .list, "new ones"),
          .init("removed", .list, "gone ones"),
        ])
    case .vmGuestFilesystem:
      KindDefinition(
        .info, "The file systems of the guest changed.",
        fields: [
          .init("mountpoint", .string, "where"),
          .init("change", .string, "added, removed, full or relieved"),
          .init("usedBytes", .uint, "bytes in use"),
          .init("totalBytes", .uint, "bytes in all"),
        ])
    case .vmGuestUsers:
      KindDefinition(
        .info, "The users logged in to the guest changed.",
        fields: [
          .init("users", .list, "all users now"),
          .init("added", .list, "new ones"),
          .init("removed", .list, "gone ones"),
        ])
    case .vmGuestTimeDrift:
      KindDefinition(
        .warning, "The clock of the guest drifts from that of the host.",
        fields: [
          .init("seconds", .double, "guest minus host")
        ])
    case .vmGuestFrozen:
      KindDefinition(
        .notice, "The file systems of the guest are frozen.")
    case .vmGuestThawed:
      KindDefinition(
        .info, "The file systems of the guest work again.")
    case .vmQMP:
      KindDefinition(
        .info, "QEMU sent an event that no table knows.",
        fields: [
          .init("event", .string, "its QEMU name")
        ])
    default: nil
    }
  }
}
