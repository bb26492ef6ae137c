// SPDX-License-Identifier: Apache-2.0
// What may be said to a monitor: the allow-list, as a type.

import JSONText

/// A command to a QEMU monitor.
///
/// A monitor is full control of its virtual machine, and the hub must never use it: it asks, it does not act. So there is no
/// command with a free name; only these can be made at all. A test holds the list against words that change things.
package enum QMPCommand: Hashable, Sendable {
  /// `qmp_capabilities`: ends the negotiation, asks for nothing more than the default.
  case negotiate
  /// One of the `query-…` commands.
  case query(QMPQuery)
  /// `migrate-set-capabilities` with the one capability `events`: without it QEMU sends no `MIGRATION` event.
  case enableMigrationEvents
  /// `qom-list` of `/machine/peripheral`: the devices that have a name.
  case listPeripherals

  /// The command's name on the wire.
  package var name: String {
    switch self {
    case .negotiate: "qmp_capabilities"
    case .query(let query): query.rawValue
    case .enableMigrationEvents: "migrate-set-capabilities"
    case .listPeripherals: "qom-list"
    }
  }

  /// The command as one line of QMP.
  package func line(id: UInt64) -> [UInt8] {
    guard hasArguments else { return plainLine(id: id) }
    var writer = JSONWriter(capacity: 96)
    writer.beginObject()
    writer.name("execute")
    writer.value(name)
    writer.name("arguments")
    writer.beginObject()
    writeArguments(&writer)
    writer.endObject()
    writer.name("id")
    writer.value(id)
    writer.endObject()
    writer.endLine()
    return writer.take()
  }

  /// The same for a command without arguments, which may be asked with each event: no byte of its name needs a look.
  private func plainLine(id: UInt64) -> [UInt8] {
    var line: [UInt8] = []
    line.reserveCapacity(96)
    line.append(contentsOf: #"{"execute":""#.utf8)
    line.append(contentsOf: name.utf8)
    line.append(contentsOf: #"","id":"#.utf8)
    line.append(contentsOf: String(id).utf8)
    line.append(contentsOf: "}\n".utf8)
    return line
  }

  private var hasArguments: Bool {
    switch self {
    case .enableMigrationEvents, .listPeripherals, .query(.namedBlockNodes): true
    case .negotiate, .query: false
    }
  }

  private func writeArguments(_ writer: inout JSONWriter) {
    switch self {
    case .enableMigrationEvents:
      writer.name("capabilities")
      writer.beginArray()
      writer.beginObject()
      writer.name("capability")
      writer.value("events")
      writer.name("state")
      writer.value(true)
      writer.endObject()
      writer.endArray()
    case .listPeripherals:
      writer.name("path")
      writer.value("/machine/peripheral")
    case .query(.namedBlockNodes):
      // A backing chain nested a hundred levels deep is of no use to us and would meet the depth limit.
      writer.name("flat")
      writer.value(true)
    case .negotiate, .query: break
    }
  }
}

/// The commands that only ask.
package enum QMPQuery: String, CaseIterable, Hashable, Sendable {
  case status = "query-status"
  case name = "query-name"
  case uuid = "query-uuid"
  case target = "query-target"
  case version = "query-version"
  case schema = "query-qmp-schema"
  case block = "query-block"
  case namedBlockNodes = "query-named-block-nodes"
  case jobs = "query-jobs"
  case blockJobs = "query-block-jobs"
  case blockExports = "query-block-exports"
  case dump = "query-dump"
  case migrate = "query-migrate"
  case migrateCapabilities = "query-migrate-capabilities"
  case balloon = "query-balloon"
  case memoryDevices = "query-memory-devices"
  case memorySize = "query-memory-size-summary"
  case hotpluggableCPUs = "query-hotpluggable-cpus"
  case hyperVBalloon = "query-hv-balloon-status-report"
  case chardev = "query-chardev"
  case rxFilter = "query-rx-filter"
  case vncServers = "query-vnc-servers"
  case vnc = "query-vnc"
  case spice = "query-spice"
  case pci = "query-pci"
  case prManagers = "query-pr-managers"
  case cpus = "query-cpus-fast"
  case ioThreads = "query-iothreads"
  case kvm = "query-kvm"
}
