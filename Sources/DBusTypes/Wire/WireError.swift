// SPDX-License-Identifier: Apache-2.0
// Why a message cannot be written or read.

/// A message that breaks a rule of D-Bus or passes a limit of ours.
public struct WireError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What is wrong, in kind.
  public enum Cause: Hashable, Sendable {
    /// The values cannot stand in a message, or the bytes are not one.
    case invalid
    /// A limit with a name was passed.
    case limit
  }

  /// What is wrong, in kind.
  public let cause: Cause
  /// What is wrong, for people; it names the limit if there is one.
  public let text: String

  /// The text.
  public var description: String { text }

  /// The values or the bytes break a rule.
  public static func invalid(_ text: String) -> WireError { WireError(cause: .invalid, text: text) }

  /// The named limit was passed.
  public static func limit(_ name: String, _ value: Int) -> WireError {
    WireError(cause: .limit, text: "past the limit \(name) = \(value)")
  }
}
