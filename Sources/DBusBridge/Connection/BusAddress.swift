// SPDX-License-Identifier: Apache-2.0
// Where a bus is.

private import Glibc

/// The address of a bus, such as `unix:path=/run/dbus/system_bus_socket`.
///
/// Several addresses with semicolons between them are tried in order. The source is the specification, "Server
/// Addresses"; whether libdbus understands the address shows when it connects.
public struct BusAddress: Hashable, Sendable, CustomStringConvertible {
  /// The longest text that is accepted, in bytes.
  public static let maximumLength = 4096

  /// The text.
  public let rawValue: String

  /// Takes a text from anywhere; nil if it is empty, too long or holds U+0000.
  public init?(_ text: String) {
    guard (1...BusAddress.maximumLength).contains(text.utf8.count), !text.utf8.contains(0) else { return nil }
    rawValue = text
  }

  private init(unchecked text: String) { rawValue = text }

  /// The system bus: what `DBUS_SYSTEM_BUS_ADDRESS` says, else `unix:path=/run/dbus/system_bus_socket`.
  public static var system: BusAddress {
    environment("DBUS_SYSTEM_BUS_ADDRESS") ?? BusAddress(unchecked: "unix:path=/run/dbus/system_bus_socket")
  }

  /// The session bus: what `DBUS_SESSION_BUS_ADDRESS` says; nil without it.
  public static var session: BusAddress? { environment("DBUS_SESSION_BUS_ADDRESS") }

  /// The text itself.
  public var description: String { rawValue }

  private static func environment(_ name: String) -> BusAddress? {
    guard let value = unsafe getenv(name) else { return nil }
    return BusAddress(unsafe String(cString: value))
  }
}
