// SPDX-License-Identifier: Apache-2.0
// From QEMU's answers to what is known.

package import EventModel
package import JSONText

extension Snapshot {
  /// The questions that tell a machine's devices and work.
  ///
  /// QEMU may refuse any of them; then that part stays unknown.
  package static let questions: [QMPCommand] = [
    .query(.block), .query(.jobs), .query(.blockExports), .query(.dump), .query(.migrate), .query(.balloon),
    .query(.memoryDevices), .query(.chardev), .query(.vncServers), .query(.spice), .query(.prManagers),
    .listPeripherals,
    // These tell what does not change, or is asked for its effect: the last one lets QEMU tell the next change of a filter.
    .query(.target), .query(.kvm), .query(.cpus), .query(.memorySize), .query(.rxFilter),
  ]

  /// Takes an answer in.
  package mutating func take(_ answer: JSONValue, to command: QMPCommand) {
    switch command {
    case .listPeripherals: peripherals = Set(answer.rows.compactMap(Self.peripheral))
    case .query(let query): take(answer, to: query)
    case .negotiate, .enableMigrationEvents: break
    }
  }

  private mutating func take(_ answer: JSONValue, to query: QMPQuery) {
    switch query {
    case .block: drives = Dictionary(answer.rows.map(Drive.init).map { ($0.key, $0) }) { first, _ in first }
    case .jobs: jobs = answer.table { ($0.text("id"), $0.text("status")) }
    case .blockExports: exports = Set(answer.rows.map { $0.text("id") })
    case .dump: dump = answer.text("status")
    case .migrate: migration = answer.text("status")
    case .balloon: balloon = answer["actual"]?.uint64
    case .memoryDevices:
      memoryDevices = answer.table { row in
        row["data"]?["size"]?.uint64.map { (row["data"]?.text("id") ?? "", $0) }
      }
    case .chardev: ports = answer.table { row in row["frontend-open"]?.bool.map { (row.text("label"), $0) } }
    case .prManagers: helpers = answer.table { row in row["connected"]?.bool.map { (row.text("id"), $0) } }
    case .vncServers:
      clients["vnc"] = Set(
        answer.rows.flatMap { $0["clients"]?.rows ?? [] }.map { Client("vnc", $0, service: "service") })
    case .spice: clients["spice"] = Set((answer["channels"]?.rows ?? []).map { Client("spice", $0, service: "port") })
    default: break
    }
  }

  private static func peripheral(_ row: JSONValue) -> String? {
    row.text("type").hasPrefix("child<") ? row.text("name") : nil
  }
}

extension Snapshot.Drive {
  fileprivate init(_ row: JSONValue) {
    device = row.text("device")
    qdev = row.text("qdev")
    node = row["inserted"]?.text("node-name") ?? ""
    file = row["inserted"]?.text("file") ?? ""
    isTrayOpen = row["tray_open"]?.bool
    status = row.text("io-status")
  }
}

extension Snapshot.Client {
  fileprivate init(_ console: String, _ row: JSONValue, service: JSONKey) {
    self.init(console: console, host: row.text("host"), service: row.text(service), family: row.text("family"))
  }
}

extension JSONValue {
  /// The elements, as many as are kept.
  fileprivate var rows: [JSONValue] { Array(elements.prefix(ValueLimits.elements)) }

  /// A member's text, bounded; empty where there is none.
  fileprivate func text(_ name: JSONKey) -> String { self[name]?.string?.bounded(to: ValueLimits.text) ?? "" }

  /// A table of the rows that have what is wanted.
  fileprivate func table<Cell>(_ entry: (JSONValue) -> (String, Cell)?) -> [String: Cell] {
    Dictionary(rows.compactMap(entry)) { first, _ in first }
  }
}

/// The facts about a machine that do not change while it runs, as properties of its object.
package enum MachineFacts {
  /// The properties that an answer tells.
  package static func properties(_ answer: JSONValue, to query: QMPQuery) -> PropertyChanges {
    switch query {
    case .target: [.architecture: .string(answer["arch"]?.string?.printable(limit: ValueLimits.name) ?? "")]
    case .kvm: [.accelerated: .bool(answer["enabled"]?.bool ?? false)]
    case .cpus: [.processors: .uint(UInt64(answer.count))]
    case .memorySize:
      [.memory: .uint((answer["base-memory"]?.uint64 ?? 0) &+ (answer["plugged-memory"]?.uint64 ?? 0))]
    default: [:]
    }
  }
}
