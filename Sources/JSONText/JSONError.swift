// SPDX-License-Identifier: Apache-2.0
// Why a text was refused.

/// Why a text is not taken as JSON.
public enum JSONError: Error, Hashable, Sendable, CaseIterable {
  /// The text is longer than the parser's limit.
  case tooLarge
  /// Arrays and objects are nested deeper than the parser's limit.
  case tooDeep
  /// There is nothing but white space.
  case empty
  /// A byte sequence is not UTF-8.
  case invalidUTF8
  /// A string holds a control character (a NUL among them) that is not escaped.
  case controlCharacter
  /// A string does not end.
  case unclosedString
  /// A string holds a bad escape or half of a surrogate pair.
  case invalidString
  /// A number is malformed, or fits neither `Int64`, `UInt64` nor `Double`.
  case invalidNumber
  /// Anything else that the grammar forbids.
  case malformed
  /// There was no memory for the text.
  case outOfMemory
}

extension JSONError: CustomStringConvertible {
  /// One short phrase, fit for "the line was refused: …".
  public var description: String {
    switch self {
    case .tooLarge: "text is longer than the limit"
    case .tooDeep: "nested deeper than the limit"
    case .empty: "empty text"
    case .invalidUTF8: "not UTF-8"
    case .controlCharacter: "control character inside a string"
    case .unclosedString: "string without an end"
    case .invalidString: "bad escape in a string"
    case .invalidNumber: "number out of range or malformed"
    case .malformed: "not JSON"
    case .outOfMemory: "out of memory"
    }
  }
}
