// SPDX-License-Identifier: Apache-2.0
// A systemd of our own on a private bus, and what asks it.

import DBusBridge
import DBusTypes
import EventLoop
import Foundation
import Hub
import SourceTestSupport
import Synchronization
import TestSupport
import Testing

@testable import HostSource

/// A systemd of our own on a private bus, and what asks it for units.
final class UnitRig: Sendable {
  static let root: ObjectPath = "/org/freedesktop/systemd1"
  static let unit: InterfaceName = "org.freedesktop.systemd1.Unit"

  /// What it does when it is asked for a unit.
  enum Manner: Sendable {
    /// It says where the unit is, or that there is none.
    case answers
    /// It never says anything.
    case hangs
    /// It gives a text for a path.
    case babbles
    /// It names another unit's object.
    case misleads
  }

  let bus: TestBus
  let rig: SourceRig
  let connection: BusConnection
  let units: SystemdUnits
  /// What it was asked: methods of the manager, and properties that were read.
  let asked = Recorder<String>()
  private let systemd: BusConnection
  private let manner: Manner
  private let values = Mutex<[String: BusValue]>([:])
  private let unanswered = Mutex<[BusCall]>([])

  init(
    _ kind: TestBus.Kind = .daemon, _ manner: Manner = .answers, isThere: Bool = true,
    _ change: (inout UnitOptions) -> Void = { _ in }
  ) async throws {
    bus = try await TestBus(kind)
    rig = try SourceRig()
    self.manner = manner
    let address = try #require(BusAddress(bus.address))
    connection = BusConnection(address: address, loop: rig.loop)
    systemd = BusConnection(address: address, loop: rig.loop)
    // No test relies on time running out but those that say so.
    var options = UnitOptions()
    options.patience = .seconds(3600)
    change(&options)
    units = SystemdUnits(connection: connection, options: options)
    let ready = Recorder<String>()
    await rig.onLoop { [connection, systemd] in
      connection.assumeIsolated { bus in
        bus.onStateChange { if case .connected = $0 { ready.append("client") } }
        bus.start()
      }
      systemd.assumeIsolated { bus in
        bus.export(BusObject(path: Self.root, interfaces: [self.manager]))
        if isThere { bus.own(Systemd1.name) { if case .acquired = $0 { ready.append("systemd") } } }
        bus.start()
      }
    }
    try await ready.until("both are on the bus") { $0.count == (isThere ? 2 : 1) }
  }

  func stop() async throws {
    await rig.onLoop { [connection, systemd] in
      connection.assumeIsolated { $0.stop() }
      systemd.assumeIsolated { $0.stop() }
    }
    try await bus.stop()
  }

  private var manager: BusInterface {
    BusInterface(
      name: "org.freedesktop.systemd1.Manager",
      methods: [
        BusMethod(name: "Subscribe") { [asked] call in
          asked.append("Subscribe")
          call.reply()
        },
        BusMethod(name: "Unsubscribe") { [asked] call in
          asked.append("Unsubscribe")
          call.reply()
        },
        BusMethod(name: "GetUnit", inputs: [BusArgument("name", "s")], outputs: [BusArgument("unit", "o")]) {
          [self] call in
          asked.append("GetUnit")
          let name = call.arguments.first?.string ?? ""
          let path = UnitName(name).flatMap(Systemd1.path(of:))
          switch manner {
          case .hangs: unanswered.withLock { $0.append(call) }
          case .babbles: call.reply(.string("/x"))
          case .misleads: call.reply(.objectPath("/org/freedesktop/systemd1/unit/other"))
          case .answers:
            guard let path, values.withLock({ $0["\(path) Result"] }) != nil else {
              return call.fail("org.freedesktop.systemd1.NoSuchUnit", "Unit \(name) not loaded.")
            }
            call.reply(.objectPath(path))
          }
        },
      ])
  }

  /// Makes a unit known, with properties of any types.
  func serve(_ unit: String, _ properties: [String: BusValue]) async throws {
    let name = try #require(UnitName(unit))
    let path = try #require(Systemd1.path(of: name))
    for (property, value) in properties { values.withLock { $0["\(path) \(property)"] = value } }
    let own: InterfaceName =
      name.kind == .service ? "org.freedesktop.systemd1.Service" : "org.freedesktop.systemd1.Scope"
    let isGeneral: @Sendable (String) -> Bool = { $0 == "ActiveState" || $0.hasPrefix("Inactive") }
    await rig.onLoop { [systemd] in
      func interface(_ name: InterfaceName, _ chosen: [String: BusValue]) -> BusInterface {
        BusInterface(
          name: name,
          properties: chosen.compactMap { property, value in
            MemberName(property).map { member in
              BusProperty(name: member, signature: value.signature) { [self] path in
                asked.append(property)
                return values.withLock { $0["\(path) \(property)"] ?? value }
              }
            }
          })
      }
      let interfaces = [
        interface(own, properties.filter { !isGeneral($0.key) }),
        interface(Self.unit, properties.filter { isGeneral($0.key) }),
      ]
      systemd.assumeIsolated { $0.export(BusObject(path: path, interfaces: interfaces)) }
    }
  }

  /// Changes properties of one interface of a unit, and tells it.
  func change(_ unit: String, _ interface: InterfaceName, _ properties: [String: BusValue]) async throws {
    let path = try #require(UnitName(unit).flatMap(Systemd1.path(of:)))
    let signal = BusMessage.signal(
      path, .properties, "PropertiesChanged",
      [.string(interface.rawValue), .variants(properties.map { ($0.key, $0.value) }), .strings([])])
    await rig.onLoop { [systemd] in systemd.assumeIsolated { _ = $0.send(signal) } }
  }

  /// Asks for the end of a process; what comes is the answer, in an array that is empty when nothing is known.
  ///
  /// The connection may have been started anew a moment before.
  func ask(
    _ unit: String, _ process: Int32, isPopulated: Bool = false, age: Duration = .zero, reconnects: Bool = false
  ) async throws -> Recorder<[UnitEnd]> {
    let answers = Recorder<[UnitEnd]>()
    let question = UnitQuestion(
      unit: try #require(UnitName(unit)), process: process, isUnitPopulated: isPopulated, age: age)
    await rig.onLoop { [units, connection] in
      if reconnects {
        connection.assumeIsolated { connection in
          connection.stop()
          connection.start()
          #expect(connection.state == .connecting)
        }
      }
      units.ask(question) { answers.append($0.map { [$0] } ?? []) }
      #expect(answers.all.isEmpty)
    }
    return answers
  }

  /// The one answer to a question.
  func answer(_ unit: String, _ process: Int32, isPopulated: Bool = false, age: Duration = .zero) async throws
    -> UnitEnd?
  {
    try await ask(unit, process, isPopulated: isPopulated, age: age).first("the answer") { _ in true }.first
  }

  /// What a service of that process says, which was started so many microseconds after the machine's start.
  static func service(
    _ process: UInt32, _ result: String, _ code: Int32, _ status: Int32, began: UInt64 = 1
  ) -> [String: BusValue] {
    [
      "Result": .string(result), "ExecMainPID": .uint32(process), "ExecMainCode": .int32(code),
      "ExecMainStatus": .int32(status), "ExecMainStartTimestampMonotonic": .uint64(began),
    ]
  }

  /// What a scope says that began so many microseconds after the machine's start.
  static func scope(_ state: String, _ result: String, began: UInt64 = 1) -> [String: BusValue] {
    ["ActiveState": .string(state), "Result": .string(result), "InactiveExitTimestampMonotonic": .uint64(began)]
  }
}
