// SPDX-License-Identifier: Apache-2.0
// Where a bus is.

private import Glibc

/// The address of a bus, such as `unix:path=/run/dbus/system_bus_socket`.
///
/// Several addresses with semicolons between them are tried in order. The source is the specification, "Server
/// Addresses"; whether libdbus knows the transport and its keys shows when it connects.
public struct BusAddress: Hashable, Sendable, CustomStringConvertible {
  /// The longest text that is accepted, in bytes.
  public static let maximumLength = 4096

  /// The text.
  public let rawValue: String

  /// Takes a text from anywhere; nil if it is too long or has not the form of an address.
  ///
  /// `unix:path=/run/bus` and `tcp:host=::1,port=1;unix:abstract=x` have it; an empty text, `foo` and `unix:path` do not.
  public init?(_ text: String) {
    guard BusAddress.isBounded(text), DBusAddressSyntax.isMet(by: text) else { return nil }
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

  private static func isBounded(_ text: String) -> Bool {
    (1...maximumLength).contains(text.utf8.count) && !text.utf8.contains(0)
  }

  /// An address of the environment; what is wrong with one shows when it connects, and no other takes its place.
  private static func environment(_ name: String) -> BusAddress? {
    guard let value = unsafe getenv(name) else { return nil }
    let text = unsafe String(cString: value)
    return isBounded(text) ? BusAddress(unchecked: text) : nil
  }
}
