// SPDX-License-Identifier: Apache-2.0
// What an object can do: the name of an interface.

/// The name of an interface, such as `org.freedesktop.DBus.Properties`.
///
/// Valid: `org.example.Hub1.Manager`. Not valid: `Manager`, `org.example-x.Y`, `org.2x`, anything past 255 bytes. The
/// source is the D-Bus specification, "Valid Names".
public struct InterfaceName: Hashable, Comparable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
  /// The text, known to be valid.
  public let rawValue: String

  /// Takes a text from anywhere; nil if it is not an interface name.
  public init?(_ text: String) {
    guard NameRules.isInterfaceName(text.utf8.span) else { return nil }
    rawValue = text
  }

  /// Takes a text of the program itself.
  ///
  /// Traps if it is not an interface name: that is an error in the program, found the first time the line runs.
  public init(stringLiteral text: String) {
    precondition(NameRules.isInterfaceName(text.utf8.span), "not an interface name: \(text)")
    rawValue = text
  }

  /// A text that is already known to be an interface name.
  init(unchecked text: String) { rawValue = text }

  /// The order of the bytes, which is stable and means nothing.
  public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }

  /// The text itself.
  public var description: String { rawValue }

  /// The bus itself, `org.freedesktop.DBus`.
  public static let bus: InterfaceName = "org.freedesktop.DBus"
  /// `org.freedesktop.DBus.Properties`.
  public static let properties: InterfaceName = "org.freedesktop.DBus.Properties"
  /// `org.freedesktop.DBus.ObjectManager`.
  public static let objectManager: InterfaceName = "org.freedesktop.DBus.ObjectManager"
  /// `org.freedesktop.DBus.Introspectable`.
  public static let introspectable: InterfaceName = "org.freedesktop.DBus.Introspectable"
  /// `org.freedesktop.DBus.Peer`, which libdbus answers by itself.
  public static let peer: InterfaceName = "org.freedesktop.DBus.Peer"
  /// `org.freedesktop.DBus.Local`: what libdbus tells about the connection; it never comes from a bus.
  public static let local: InterfaceName = "org.freedesktop.DBus.Local"
}
