// SPDX-License-Identifier: Apache-2.0
// One method, signal or property of an interface.

/// The name of a method, a signal or a property.
///
/// Valid: `GetEvents`, `head_2`. Not valid: the empty text, `Get.Events`, `2nd`, anything past 255 bytes. The source is
/// the D-Bus specification, "Valid Names".
public struct MemberName: Hashable, Comparable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
  /// The text, known to be valid.
  public let rawValue: String

  /// Takes a text from anywhere; nil if it is not a member name.
  public init?(_ text: String) {
    guard NameRules.isMemberName(text.utf8.span) else { return nil }
    rawValue = text
  }

  /// Takes a text of the program itself.
  ///
  /// Traps if it is not a member name: that is an error in the program, found the first time the line runs.
  public init(stringLiteral text: String) {
    precondition(NameRules.isMemberName(text.utf8.span), "not a member name: \(text)")
    rawValue = text
  }

  /// A text that is already known to be a member name.
  init(unchecked text: String) { rawValue = text }

  /// The order of the bytes, which is stable and means nothing.
  public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }

  /// The text itself.
  public var description: String { rawValue }
}
