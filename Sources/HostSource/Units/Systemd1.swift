// SPDX-License-Identifier: Apache-2.0
// The part of systemd's interface that is used: org.freedesktop.systemd1(5).

import DBusTypes
import Hub

/// The names of systemd's manager on the bus.
enum Systemd1 {
  static let name: BusName = "org.freedesktop.systemd1"
  private static let path: ObjectPath = "/org/freedesktop/systemd1"
  private static let units: ObjectPath = "/org/freedesktop/systemd1/unit"
  private static let manager: InterfaceName = "org.freedesktop.systemd1.Manager"
  private static let unit: InterfaceName = "org.freedesktop.systemd1.Unit"
  private static let service: InterfaceName = "org.freedesktop.systemd1.Service"
  private static let scope: InterfaceName = "org.freedesktop.systemd1.Scope"

  /// The object of a unit.
  static func path(of unit: UnitName) -> ObjectPath? { units.appending(unit.rawValue) }

  /// The interfaces that tell how a unit of that kind ended.
  static func interfaces(of kind: UnitName.Kind) -> [InterfaceName] {
    kind == .service ? [service] : [scope, unit]
  }

  /// What is read of a unit of that kind, in the order in which it must be asked for.
  ///
  /// The properties come one by one, and the unit may go on to its next life in between. What tells that the end is there is asked
  /// for first, and what tells that it is the same life last, so all that lies between belongs to that end.
  static func properties(of kind: UnitName.Kind) -> [(InterfaceName, UnitProperty)] {
    switch kind {
    case .service:
      [
        (service, .mainCode), (service, .mainStatus), (service, .result), (service, .mainBegan),
        (service, .mainProcess),
      ]
    case .scope: [(unit, .activeState), (scope, .result), (unit, .began)]
    }
  }

  /// The rule for the changes of a unit's properties.
  static func changes(of unit: ObjectPath) -> MatchRule {
    MatchRule(sender: name, path: unit, interface: .properties, member: "PropertiesChanged")
  }

  /// A call of the manager; it is not started for that.
  static func call(_ member: MemberName, _ arguments: String...) -> BusMessage {
    var message = BusMessage.call(name, path, manager, member, arguments.map { .string($0) })
    message.flags = .noAutoStart
    return message
  }

  /// Asks for a property of a unit.
  static func get(_ property: UnitProperty, _ interface: InterfaceName, of unit: ObjectPath) -> BusMessage {
    var message = BusMessage.call(
      name, unit, .properties, "Get", [.string(interface.rawValue), .string(property.rawValue)])
    message.flags = .noAutoStart
    return message
  }
}

/// What is read of a unit, by systemd's names.
enum UnitProperty: String, CaseIterable {
  /// How it ended, in a word.
  case result = "Result"
  /// The process that systemd holds for the service itself, or held last.
  case mainProcess = "ExecMainPID"
  /// When that was started, in microseconds of `CLOCK_MONOTONIC`; 0 for never.
  case mainBegan = "ExecMainStartTimestampMonotonic"
  /// How that ended, as in `si_code` of waitid(2); 0 while it runs.
  case mainCode = "ExecMainCode"
  /// Its exit code or signal.
  case mainStatus = "ExecMainStatus"
  /// Where it is between inactive and active.
  case activeState = "ActiveState"
  /// When it last ceased to be inactive, in microseconds of `CLOCK_MONOTONIC`; 0 for never.
  case began = "InactiveExitTimestampMonotonic"
}
