// SPDX-License-Identifier: Apache-2.0
// Network back ends and console sessions (qapi/net.json, qapi/rdma.json, qapi/ui.json).

import EventModel
import JSONText

extension QMPEventTable {
  static let network: [QMPEventDefinition] = [
    .init(
      "NIC_RX_FILTER_CHANGED", .vmNetRXFilter,
      [.optional("name", "name", .string), .init("path", "path", .string)]),
    .init(
      "NETDEV_STREAM_CONNECTED", .vmNetStreamConnected,
      [.init("netdev-id", "netdevID", .string), .init("addr", "address", .map)]),
    .init(
      "NETDEV_STREAM_DISCONNECTED", .vmNetStreamDisconnected,
      [.init("netdev-id", "netdevID", .string)]),
    .init(
      "NETDEV_VHOST_USER_CONNECTED", .vmNetVhostUserConnected,
      [.init("netdev-id", "netdevID", .string), .init("chardev-id", "chardevID", .string)]),
    .init(
      "NETDEV_VHOST_USER_DISCONNECTED", .vmNetVhostUserDisconnected,
      [.init("netdev-id", "netdevID", .string)]),
    // Gone since QEMU 9.1.
    .init(
      "RDMA_GID_STATUS_CHANGED", .vmNetRDMAGID,
      [
        .init("netdev", "netdev", .string),
        .init("gid-status", "present", .bool),
        .init("subnet-prefix", "subnetPrefix", .uint),
        .init("interface-id", "interfaceID", .uint),
      ]),
  ]

  private static func session(_ name: String) -> [QMPField] {
    [
      .constant("protocol", name),
      .init("client", "client", .endpoint),
      .init("server", "server", .endpoint),
      .optional("auth", "authentication", .string, in: "server"),
    ]
  }

  static let console: [QMPEventDefinition] = [
    .init("VNC_CONNECTED", .vmConsoleConnected, session("vnc")),
    .init("VNC_INITIALIZED", .vmConsoleInitialized, session("vnc")),
    .init("VNC_DISCONNECTED", .vmConsoleDisconnected, session("vnc")),
    .init("SPICE_CONNECTED", .vmConsoleConnected, session("spice")),
    .init("SPICE_INITIALIZED", .vmConsoleInitialized, session("spice")),
    .init("SPICE_DISCONNECTED", .vmConsoleDisconnected, session("spice")),
    .init("SPICE_MIGRATE_COMPLETED", .vmConsoleMigrateCompleted, [.constant("protocol", "spice")]),
  ]
}
