// SPDX-License-Identifier: Apache-2.0
// What changed between two looks, as the events that would have told it.

package import EventModel

/// One thing that changed while nobody looked.
package struct Difference: Hashable, Sendable {
  /// The event that would have told it.
  package let grade: EventGrade
  /// Its data.
  package let data: Fields

  /// The kind of that event.
  package var kind: EventKind { grade.kind }

  /// A difference that is told by an event of the kind's usual severity.
  package init(kind: EventKind, data: Fields) { self.init(EventGrade(kind), data: data) }

  /// A difference.
  package init(_ grade: EventGrade, data: Fields) {
    self.grade = grade
    self.data = data
  }
}

extension Snapshot {
  /// What changed since an earlier look; parts that are unknown in one of the two are left out.
  package func differences(since earlier: Snapshot) -> [Difference] {
    var found = driveDifferences(since: earlier)
    found += table(jobs, earlier.jobs) {
      .init(kind: .vmJobStatus, data: ["id": .string($0), "status": .string($2 ?? "null")])
    }
    if let now = exports, let then = earlier.exports {
      found += then.subtracting(now).sorted().map { .init(kind: .vmBlockExportDeleted, data: ["id": .string($0)]) }
    }
    if let dump, let then = earlier.dump, dump != then, dump == "completed" || dump == "failed" {
      found.append(.init(kind: .vmDumpCompleted, data: ["status": .string(dump)]))
    }
    if let migration, let then = earlier.migration, migration != then {
      found.append(.init(kind: .vmMigrationStatus, data: ["status": .string(migration.isEmpty ? "none" : migration)]))
    }
    if let balloon, let then = earlier.balloon, balloon != then {
      found.append(.init(kind: .vmMemoryBalloon, data: ["actual": .uint(balloon)]))
    }
    found += table(memoryDevices, earlier.memoryDevices) { id, _, now in
      now.map { .init(kind: .vmMemoryDeviceSize, data: ["id": .string(id), "size": .uint($0)]) }
    }
    found += table(ports, earlier.ports) { label, then, now in
      guard now != then, now ?? false != then ?? false else { return nil }
      return .init(kind: now ?? false ? .vmPortOpened : .vmPortClosed, data: ["id": .string(label)])
    }
    found += peripheralDifferences(since: earlier)
    found += clientDifferences(since: earlier)
    found += table(helpers, earlier.helpers) { id, _, now in
      now.map { .init(kind: .vmBlockPRManager, data: ["id": .string(id), "connected": .bool($0)]) }
    }
    return found
  }

  private func driveDifferences(since earlier: Snapshot) -> [Difference] {
    table(drives, earlier.drives) { _, then, now -> [Difference] in
      guard let then, let now else { return [] }
      var found: [Difference] = []
      if let isOpen = now.isTrayOpen, let wasOpen = then.isTrayOpen, isOpen != wasOpen {
        found.append(
          .init(
            kind: .vmBlockTray,
            data: ["device": .string(now.device), "id": .string(now.qdev), "open": .bool(isOpen)]))
      }
      if now.status != then.status, now.status == "failed" || now.status == "nospace" {
        found.append(
          .init(
            kind: .vmBlockIOError,
            data: [
              "device": .string(now.device), "nodeName": .string(now.node), "noSpace": .bool(now.status == "nospace"),
            ]))
      }
      return found
    }
  }

  private func peripheralDifferences(since earlier: Snapshot) -> [Difference] {
    guard let now = peripherals, let then = earlier.peripherals else { return [] }
    let gone = then.subtracting(now).sorted().map { Self.difference(.vmDeviceRemoved, $0) }
    return gone + now.subtracting(then).sorted().map { Self.difference(.vmDeviceAdded, $0) }
  }

  private static func difference(_ kind: EventKind, _ device: String) -> Difference {
    Difference(kind: kind, data: ["device": .string(device), "path": .string("/machine/peripheral/\(device)")])
  }

  private func clientDifferences(since earlier: Snapshot) -> [Difference] {
    clients.keys.sorted().flatMap { console -> [Difference] in
      guard let now = clients[console], let then = earlier.clients[console] else { return [] }
      let order: (Client, Client) -> Bool = { ($0.host, $0.service) < ($1.host, $1.service) }
      return then.subtracting(now).sorted(by: order).map { .init(kind: .vmConsoleDisconnected, data: $0.fields) }
        + now.subtracting(then).sorted(by: order).map { .init(kind: .vmConsoleConnected, data: $0.fields) }
    }
  }

  /// The differences of two tables: of each key whose value came, went or changed, in the order of the keys.
  private func table<Cell: Hashable>(
    _ now: [String: Cell]?, _ then: [String: Cell]?, _ difference: (String, Cell?, Cell?) -> [Difference]
  ) -> [Difference] {
    guard let now, let then else { return [] }
    return Set(now.keys).union(then.keys).sorted().flatMap { key -> [Difference] in
      now[key] == then[key] ? [] : difference(key, then[key], now[key])
    }
  }

  private func table<Cell: Hashable>(
    _ now: [String: Cell]?, _ then: [String: Cell]?, _ difference: (String, Cell?, Cell?) -> Difference?
  ) -> [Difference] {
    table(now, then) { key, then, now -> [Difference] in difference(key, then, now).map { [$0] } ?? [] }
  }
}

extension Snapshot {
  /// The properties of the machine's object that follow from what is known.
  package var properties: PropertyChanges {
    var changes: PropertyChanges = [:]
    if let balloon { changes[.balloon] = .uint(balloon) }
    if let migration { changes[.migration] = .string(migration == "none" ? "" : migration) }
    if let drives {
      changes[.drives] = .list(
        drives.sorted { $0.key < $1.key }.map { _, drive in
          var fields: Fields = [
            "device": .string(drive.device), "id": .string(drive.qdev), "node": .string(drive.node),
            "file": .string(drive.file), "status": .string(drive.status),
          ]
          if let isOpen = drive.isTrayOpen { fields["tray"] = .string(isOpen ? "open" : "closed") }
          return .map(fields)
        })
    }
    return changes
  }
}
