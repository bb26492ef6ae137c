// SPDX-License-Identifier: Apache-2.0
// What the tool asks the hub.

import DBusBridge
import DBusTypes
import EventModel
import VireoCommand

/// An object of the hub in a list.
struct ListedObject: Sendable {
  /// The texts of the row, as the method gives them.
  var cells: [String]
  /// The object path.
  var path: String
}

/// Where the hub's journal stands.
struct HubPosition: Sendable {
  var instance: InstanceID?
  var head: UInt64
  var oldest: UInt64
}

extension HubClient {
  /// The rows of one of the methods `ListVMs`, `ListDevices`, `ListLinks`, `ListSources`.
  func list(_ member: MemberName, _ arguments: [BusValue] = []) async throws(ToolError) -> [ListedObject] {
    let rows = try await call(member, arguments).first?.array ?? []
    return rows.compactMap { row in
      guard let cells = row.structure, let path = cells.last?.objectPath else { return nil }
      return ListedObject(
        cells: cells.dropLast().map { $0.string ?? $0.integer.map(String.init) ?? "" }, path: path.rawValue)
    }
  }

  /// The kinds that the hub knows: name, severity and meaning.
  func kinds() async throws(ToolError) -> [[String]] {
    let rows = try await call("ListKinds").first?.array ?? []
    return rows.map { ($0.structure ?? []).compactMap(\.string) }.filter { $0.count == 3 }
  }

  /// The same as what a selection of kinds is made among.
  func listedKinds() async throws(ToolError) -> [ListedKind] {
    try await kinds().map { ListedKind($0[0], severity: $0[1]) }
  }

  /// The properties of an object, in the hub's order.
  func properties(
    of path: ObjectPath, _ interface: InterfaceName
  ) async throws(ToolError) -> [(name: String, value: Value)] {
    let reply = try await call("GetAll", [.text(interface.rawValue)], path: path, interface: .properties)
    return (reply.first?.dictionary?.entries ?? []).map { ($0.key.string ?? "", Value(bus: $0.value)) }
  }

  /// A property of the hub as a whole.
  func property(_ name: String) async throws(ToolError) -> Value {
    let reply = try await call(
      "Get", [.text(HubClient.manager.rawValue), .text(name)], path: HubClient.root, interface: .properties)
    return reply.first.map(Value.init(bus:)) ?? ""
  }

  /// Where the hub's journal stands.
  func position() async throws(ToolError) -> HubPosition {
    let all = Dictionary(
      try await properties(of: HubClient.root, HubClient.manager).map { ($0.name, $0.value) },
      uniquingKeysWith: { first, _ in first })
    return HubPosition(
      instance: all["InstanceID"]?.string.flatMap(InstanceID.init), head: all["Head"]?.uint ?? 0,
      oldest: all["Oldest"]?.uint ?? 1)
  }

  /// The object of a machine; nil when the hub knows none of that name, UUID or process ID.
  func machine(_ key: String) async throws(ToolError) -> ObjectPath? { try await find("GetVM", key) }

  /// The object that a method finds for a key; nil when it finds none.
  func find(_ member: MemberName, _ key: String) async throws(ToolError) -> ObjectPath? {
    do throws(ToolError) {
      return try await call(member, [.text(key)]).first?.objectPath
    } catch {
      guard error.cause == .noSuchObject else { throw error }
      return nil
    }
  }

  /// The number of the last event recorded before a moment.
  func cursor(before moment: Timestamp) async throws(ToolError) -> UInt64 {
    try await call("FindCursor", [.uint64(moment.unsigned)]).first?.uint64 ?? 0
  }

  /// A stretch of the hub's events after a number, as lines of JSON; empty at the end.
  func lines(
    after: UInt64, limit: Int, kinds: [String], subject: String
  ) async throws(ToolError) -> (text: String, head: UInt64) {
    let reply = try await call(
      "GetEventsJSON", [.uint64(after), .uint32(UInt32(clamping: limit)), .strings(kinds), .text(subject)])
    return (reply.first?.string ?? "", reply.last?.uint64 ?? after)
  }

  /// The hub's metrics as text.
  func metrics() async throws(ToolError) -> String { try await call("GetMetrics").first?.string ?? "" }

  /// When the host of the hub was started: as its service manager has it on the same bus or, where there is none and the bus is
  /// this host's, as the kernel does.
  func bootTime() async throws(ToolError) -> Timestamp? {
    let arguments: [BusValue] = [.text("org.freedesktop.systemd1.Manager"), .text("KernelTimestamp")]
    do throws(ToolError) {
      let reply = try await call(
        "org.freedesktop.systemd1", "/org/freedesktop/systemd1", .properties, "Get", arguments)
      return reply.first?.variant?.uint64.map { Timestamp(microseconds: Int64(clamping: $0)) }
    } catch {
      guard connection.address.rawValue.hasPrefix("unix:") else { return nil }
      return Timestamp(microseconds: Timestamp.now().microseconds - Terminal.microsecondsSinceBoot)
    }
  }

  /// The machine ID of the hub's host (machine-id(5)).
  func machineID() async throws(ToolError) -> String? {
    try await call("GetMachineId", path: HubClient.root, interface: .peer).first?.string
  }
}
