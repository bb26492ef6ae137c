// SPDX-License-Identifier: Apache-2.0
// What was last known of a machine beside its state: enough to tell what changed while nobody looked.

package import EventModel

/// What was last known of a machine.
///
/// A part that was never told is `nil` and is compared with nothing.
package struct Snapshot: Hashable, Sendable {
  /// A drive.
  ///
  ///
  package struct Drive: Hashable, Sendable {
    /// Its name, may be empty.
    package var device = ""
    /// The device that it belongs to.
    package var qdev = ""
    /// The block node at its top.
    package var node = ""
    /// The file or address behind it.
    package var file = ""
    /// Whether its tray is open; `nil` where it has none.
    package var isTrayOpen: Bool?
    /// `ok`, `failed` or `nospace`; empty where QEMU does not keep it.
    package var status = ""

    /// What tells it from the others.
    package var key: String { device.isEmpty ? qdev : device }
  }

  /// A client of a console.
  package struct Client: Hashable, Sendable {
    /// `vnc` or `spice`.
    package var console: String
    package var host: String
    package var service: String
    package var family: String
  }

  /// Drives by their key.
  package var drives: [String: Drive]?
  /// Long work: its state by its ID.
  package var jobs: [String: String]?
  /// Block exports by ID.
  package var exports: Set<String>?
  /// The state of the memory dump.
  package var dump: String?
  /// The state of the migration; empty where there was none.
  package var migration: String?
  /// What the balloon leaves, in bytes.
  package var balloon: UInt64?
  /// The size of memory devices that change it, by ID.
  package var memoryDevices: [String: UInt64]?
  /// Whether somebody has opened a character device, by its label.
  package var ports: [String: Bool]?
  /// The devices that have a name.
  package var peripherals: Set<String>?
  /// The clients of the consoles, by protocol.
  package var clients: [String: Set<Client>] = [:]
  /// Whether the helpers for persistent reservations are there, by ID.
  package var helpers: [String: Bool]?

  /// Nothing known.
  package init() {}
}

extension Snapshot {
  /// Keeps up with an event, so that what was seen live is not found again as a difference.
  package mutating func note(_ kind: EventKind, _ fields: Fields) {
    let id = fields["id"]?.string ?? ""
    switch kind {
    case .vmMemoryBalloon: balloon = fields["actual"]?.uint ?? balloon
    case .vmMigrationStatus: migration = fields["status"]?.string ?? migration
    case .vmMemoryDeviceSize: memoryDevices?[id] = fields["size"]?.uint
    case .vmBlockExportDeleted: exports?.remove(id)
    case .vmDumpCompleted: dump = fields["status"]?.string ?? dump
    case .vmBlockPRManager: helpers?[id] = fields["connected"]?.bool
    case .vmDeviceRemoved: if let device = fields["device"]?.string { peripherals?.remove(device) }
    case .vmJobStatus: jobs?[id] = fields["status"].flatMap { $0 == "null" ? nil : $0.string }
    case .vmConsoleConnected, .vmConsoleInitialized:
      if let client = Client(fields) { clients[client.console]?.insert(client) }
    case .vmConsoleDisconnected: if let client = Client(fields) { clients[client.console]?.remove(client) }
    default: break
    }
  }
}

extension Snapshot.Client {
  /// The client that an event of a console is about.
  fileprivate init?(_ fields: Fields) {
    guard let console = fields["protocol"]?.string, let client = fields["client"]?.map else { return nil }
    self.init(
      console: console, host: client["host"]?.string ?? "", service: client["service"]?.string ?? "",
      family: client["family"]?.string ?? "")
  }

  /// The client as the events carry it.
  package var fields: Fields {
    [
      "protocol": .string(console),
      "client": ["host": .string(host), "service": .string(service), "family": .string(family)],
    ]
  }
}
