// SPDX-License-Identifier: Apache-2.0
// Which types: a list of complete types in letters.

/// The types of some values in D-Bus's letters, such as `tsssa{sv}`; it may be empty.
///
/// Valid: the empty text, `as`, `a{sv}`, `(ii)`. Not valid: `a`, `()`, `{sv}`, `a{vs}`, more than 32 arrays or 32
/// structures within each other, anything past 255 bytes. The source is the specification, "Valid Signatures".
public struct Signature: Hashable, Comparable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
  /// The specification's limit, in bytes.
  public static let maximumLength = 255
  /// The specification's limit for arrays within arrays, and as many again for structures within structures.
  public static let maximumNesting = 32
  /// The signature of no values.
  public static let empty: Signature = ""
  static let string: Signature = "s"
  static let variants: Signature = "a{sv}"

  /// The text, known to be valid.
  public let rawValue: String

  /// Takes a text from anywhere; nil if it is not a signature.
  public init?(_ text: String) {
    guard SignatureParser.isValid(text.utf8.span) else { return nil }
    rawValue = text
  }

  /// Takes a text of the program itself.
  ///
  /// Traps if it is not a signature: that is an error in the program, found the first time the line runs.
  public init(stringLiteral text: String) {
    precondition(SignatureParser.isValid(text.utf8.span), "not a signature: \(text)")
    rawValue = text
  }

  /// A text that is already known to be valid: only for parts of a signature.
  init(unchecked text: String) { rawValue = text }

  /// Each complete type by itself: `s`, `a{sv}` for `sa{sv}`.
  public var completeTypes: [Signature] {
    let bytes = rawValue.utf8.span
    var types: [Signature] = []
    var start = 0
    while start < bytes.count {
      let end = SignatureParser.endOfType(bytes, at: start)
      types.append(Signature(unchecked: SignatureParser.text(bytes, start..<end)))
      start = end
    }
    return types
  }

  /// Whether this is exactly one complete type, which is what a property or an element of an array needs.
  public var isSingle: Bool {
    let bytes = rawValue.utf8.span
    return !bytes.isEmpty && SignatureParser.endOfType(bytes, at: 0) == bytes.count
  }

  /// The order of the bytes, which is stable and means nothing.
  public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }

  /// The text itself.
  public var description: String { rawValue }
}
