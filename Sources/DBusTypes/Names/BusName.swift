// SPDX-License-Identifier: Apache-2.0
// Who is on the bus: a unique or a well-known name.

/// The name of a connection: unique (`:1.42`, given by the bus) or well-known (`org.example.Hub1`, asked for).
///
/// Valid: `:1.42`, `org.example.Hub-2`. Not valid: `org`, `org..x`, `org.2x`, anything past 255 bytes. The source is
/// the D-Bus specification, "Valid Names".
public struct BusName: Hashable, Comparable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
  /// The text, known to be valid.
  public let rawValue: String

  /// Takes a text from anywhere; nil if it is not a bus name.
  public init?(_ text: String) {
    guard NameRules.isBusName(text.utf8.span) else { return nil }
    rawValue = text
  }

  /// Takes a text of the program itself.
  ///
  /// Traps if it is not a bus name: that is an error in the program, found the first time the line runs.
  public init(stringLiteral text: String) {
    precondition(NameRules.isBusName(text.utf8.span), "not a bus name: \(text)")
    rawValue = text
  }

  /// A text that is already known to be a bus name.
  init(unchecked text: String) { rawValue = text }

  /// The order of the bytes, which is stable and means nothing.
  public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }

  /// The text itself.
  public var description: String { rawValue }

  /// The bus itself, `org.freedesktop.DBus`.
  public static let bus: BusName = "org.freedesktop.DBus"

  /// Whether the bus gave this name: it belongs to one connection for as long as that lives and is never used again.
  public var isUnique: Bool { rawValue.utf8.first == UInt8(ascii: ":") }
}
