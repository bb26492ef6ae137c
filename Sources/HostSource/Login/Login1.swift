// SPDX-License-Identifier: Apache-2.0
// The part of login1's interface that is used: org.freedesktop.login1(5).

import DBusTypes

/// The names of login1.
enum Login1 {
  static let name: BusName = "org.freedesktop.login1"
  private static let path: ObjectPath = "/org/freedesktop/login1"
  private static let manager: InterfaceName = "org.freedesktop.login1.Manager"

  /// The rule for one of its signals.
  static func signal(_ member: MemberName) -> MatchRule {
    MatchRule(sender: name, path: path, interface: manager, member: member)
  }

  /// A call of its manager with texts; it is not started for that.
  static func call(_ member: MemberName, _ arguments: String...) -> BusMessage {
    var message = BusMessage.call(name, path, manager, member, arguments.map { .string($0) })
    message.flags = .noAutoStart
    return message
  }

  /// Asks for all properties of its manager.
  static let allProperties: BusMessage = {
    var message = BusMessage.call(
      name, path, "org.freedesktop.DBus.Properties", "GetAll", [.string(manager.rawValue)])
    message.flags = .noAutoStart
    return message
  }()

  /// A truth value among properties; nil when there is none of that name.
  static func truth(_ property: String, in properties: BusValue) -> Bool? {
    let value = properties.dictionary?[property]
    return (value?.variant ?? value)?.boolean
  }
}
