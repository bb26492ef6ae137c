// SPDX-License-Identifier: Apache-2.0
// Which object: a path on a connection.

/// The path of an object, such as `/org/example/Hub1/vm/web_2d1`.
///
/// Valid: `/`, `/org/example/Hub1`. Not valid: the empty text, `org/x`, `/org/`, `//x`, `/a-b`, anything past
/// ``maximumLength``. The source is the D-Bus specification, "Valid Names".
public struct ObjectPath: Hashable, Comparable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
  /// The text, known to be valid.
  public let rawValue: String

  /// Takes a text from anywhere; nil if it is not an object path.
  public init?(_ text: String) {
    guard NameRules.isObjectPath(text.utf8.span) else { return nil }
    rawValue = text
  }

  /// Takes a text of the program itself.
  ///
  /// Traps if it is not an object path: that is an error in the program, found the first time the line runs.
  public init(stringLiteral text: String) {
    precondition(NameRules.isObjectPath(text.utf8.span), "not an object path: \(text)")
    rawValue = text
  }

  /// The order of the bytes, which is stable and means nothing.
  public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }

  /// The text itself.
  public var description: String { rawValue }

  /// The longest path that is accepted, in bytes.
  ///
  /// The specification has no limit of its own.
  public static let maximumLength = 65_536

  /// The root, `/`.
  public static let root: ObjectPath = "/"
  /// `/org/freedesktop/DBus/Local`: what libdbus tells about the connection; it never comes from a bus.
  static let local: ObjectPath = "/org/freedesktop/DBus/Local"

  /// The path one element shorter; nil for the root.
  public var parent: ObjectPath? {
    guard let slash = rawValue.utf8.lastIndex(of: UInt8(ascii: "/")), rawValue.utf8.count > 1 else { return nil }
    return slash == rawValue.startIndex ? .root : ObjectPath(unchecked: String(rawValue[..<slash]))
  }

  /// The last element; empty for the root.
  public var lastElement: Substring {
    guard let slash = rawValue.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "" }
    return rawValue[rawValue.utf8.index(after: slash)...]
  }

  /// Whether this path lies below `other`, at any depth.
  ///
  /// A path is not below itself.
  public func isBelow(_ other: ObjectPath) -> Bool {
    if other == .root { return self != .root }
    let mine = rawValue.utf8
    let length = other.rawValue.utf8.count
    return mine.count > length && mine.starts(with: other.rawValue.utf8)
      && mine[mine.index(mine.startIndex, offsetBy: length)] == UInt8(ascii: "/")
  }

  /// A text that is already known to be a path.
  package init(unchecked text: String) { rawValue = text }
}
