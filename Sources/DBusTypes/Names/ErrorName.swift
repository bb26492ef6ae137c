// SPDX-License-Identifier: Apache-2.0
// Why a call failed: the name of an error.

/// The name of an error, which programs decide by; the text beside it is for people.
///
/// Valid: `org.freedesktop.DBus.Error.Failed`. Not valid: `Failed`, `org..Failed`, anything past 255 bytes. The source
/// is the D-Bus specification, "Valid Names".
public struct ErrorName: Hashable, Comparable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
  /// The text, known to be valid.
  public let rawValue: String

  /// Takes a text from anywhere; nil if it is not an error name.
  public init?(_ text: String) {
    guard NameRules.isInterfaceName(text.utf8.span) else { return nil }
    rawValue = text
  }

  /// Takes a text of the program itself.
  ///
  /// Traps if it is not an error name: that is an error in the program, found the first time the line runs.
  public init(stringLiteral text: String) {
    precondition(NameRules.isInterfaceName(text.utf8.span), "not an error name: \(text)")
    rawValue = text
  }

  /// A text that is already known to be an error name.
  init(unchecked text: String) { rawValue = text }

  /// The order of the bytes, which is stable and means nothing.
  public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }

  /// The text itself.
  public var description: String { rawValue }

  /// `org.freedesktop.DBus.Error.Failed`: no better name fits.
  public static let failed: ErrorName = "org.freedesktop.DBus.Error.Failed"
  /// `…NoMemory`.
  public static let noMemory: ErrorName = "org.freedesktop.DBus.Error.NoMemory"
  /// `…NoReply`: the answer did not come in time, or the one who owes it is gone.
  public static let noReply: ErrorName = "org.freedesktop.DBus.Error.NoReply"
  /// `…Disconnected`: there is no bus now.
  public static let disconnected: ErrorName = "org.freedesktop.DBus.Error.Disconnected"
  /// `…LimitsExceeded`: a named limit said no.
  public static let limitsExceeded: ErrorName = "org.freedesktop.DBus.Error.LimitsExceeded"
  /// `…AccessDenied`.
  public static let accessDenied: ErrorName = "org.freedesktop.DBus.Error.AccessDenied"
  /// `…InvalidArgs`: the arguments have the wrong types or values.
  public static let invalidArguments: ErrorName = "org.freedesktop.DBus.Error.InvalidArgs"
  /// `…UnknownObject`.
  public static let unknownObject: ErrorName = "org.freedesktop.DBus.Error.UnknownObject"
  /// `…UnknownInterface`.
  public static let unknownInterface: ErrorName = "org.freedesktop.DBus.Error.UnknownInterface"
  /// `…UnknownMethod`.
  public static let unknownMethod: ErrorName = "org.freedesktop.DBus.Error.UnknownMethod"
  /// `…UnknownProperty`.
  public static let unknownProperty: ErrorName = "org.freedesktop.DBus.Error.UnknownProperty"
  /// `…PropertyReadOnly`.
  public static let propertyReadOnly: ErrorName = "org.freedesktop.DBus.Error.PropertyReadOnly"
  /// `…NameHasNoOwner`.
  public static let nameHasNoOwner: ErrorName = "org.freedesktop.DBus.Error.NameHasNoOwner"
  /// `…ServiceUnknown`: nobody has the name, and nothing can be started for it.
  public static let serviceUnknown: ErrorName = "org.freedesktop.DBus.Error.ServiceUnknown"
  /// `…InconsistentMessage`: a message that contradicts itself.
  public static let inconsistentMessage: ErrorName = "org.freedesktop.DBus.Error.InconsistentMessage"
  /// `…NotSupported`.
  public static let notSupported: ErrorName = "org.freedesktop.DBus.Error.NotSupported"
}
