// SPDX-License-Identifier: Apache-2.0
// A value inside a parsed text, read where it lies.

/// A value of a parsed JSON text: a position on the text's tape.
///
/// Nothing is converted until it is asked for, and a string becomes a `String` only when it is read. The text lives as long as
/// any value of it does. A reader that asks for the wrong type gets `nil`, never a trap.
public struct JSONValue: Sendable {
  let tape: [UInt64]
  let stringWords: Int
  let index: Int

  /// What a value is.
  public enum Kind: Hashable, Sendable {
    /// `null`.
    case null
    /// `true` or `false`.
    case bool
    /// A number without fraction or exponent that fits `Int64`.
    case integer
    /// A number without fraction or exponent above `Int64.max`.
    case unsigned
    /// Any other number.
    case double
    /// A string.
    case string
    /// An array.
    case array
    /// An object.
    case object
  }

  /// What this value is.
  public var kind: Kind {
    switch Tag(tape[index]) {
    case .true, .false: .bool
    case .integer: .integer
    case .unsigned: .unsigned
    case .double: .double
    case .string: .string
    case .array: .array
    case .object: .object
    case .null: .null
    }
  }

  /// Whether it is `null`.
  public var isNull: Bool { tape[index].has(.null) }

  /// The truth value of `true` and `false`.
  public var bool: Bool? { tape.bool(at: index) }

  /// The number, if it is a whole one that fits.
  public var int64: Int64? { tape.int64(at: index) }

  /// The number, if it is a whole one that is not negative.
  public var uint64: UInt64? { tape.uint64(at: index) }

  /// The number, whatever way it was written; a large whole one is rounded.
  public var double: Double? {
    switch Tag(tape[index]) {
    case .double: Double(bitPattern: tape[index + 1])
    case .integer: Double(Int64(bitPattern: tape[index + 1]))
    case .unsigned: Double(tape[index + 1])
    default: nil
    }
  }

  /// The text of a string.
  public var string: String? { tape.string(at: index, strings: stringWords * 8) }

  /// The length of a string in bytes of UTF-8, known without making the `String`.
  public var stringLength: Int? {
    tape[index].has(.string) ? tape.textLength(at: stringOffset) : nil
  }

  /// A number that equal strings share (FNV-1a of the bytes), for tables of known texts; `nil` if it is no string.
  public var textHash: UInt64? {
    tape[index].has(.string) ? tape.textHash(at: stringOffset) : nil
  }

  /// The same number of a text that is known before.
  public static func textHash(of text: String) -> UInt64 { text.utf8.reduce(FNV.basis) { FNV.next($0, $1) } }

  /// Whether it is the string `text`, without making a `String`.
  public func isString(_ text: String) -> Bool {
    tape[index].has(.string) && tape.text(at: stringOffset, is: text)
  }

  /// The first member of that name, if this is an object that has one.
  public subscript(name: JSONKey) -> JSONValue? {
    guard let place = tape.member(name, of: index, strings: stringWords * 8) else { return nil }
    return at(place)
  }

  /// The first member of that name, if this is an object that has one.
  public subscript(named name: String) -> JSONValue? {
    for member in members where member.isNamed(name) { return member.value }
    return nil
  }

  /// The element at a place, if this is an array that has one; costs a walk from the front.
  public subscript(place: Int) -> JSONValue? {
    var left = place
    for element in elements {
      if left == 0 { return element }
      left -= 1
    }
    return nil
  }

  /// The number of elements or members; 0 for what is neither array nor object.
  public var count: Int {
    switch Tag(tape[index]) {
    case .array:
      // simdjson keeps 24 bits of it.
      if tape[index].count < 0xFF_FFFF { tape[index].count } else { elements.reduce(0) { count, _ in count + 1 } }
    case .object:
      if tape[index].count < 0xFF_FFFF { tape[index].count } else { members.reduce(0) { count, _ in count + 1 } }
    default: 0
    }
  }

  private var stringOffset: Int { stringWords * 8 + tape[index].payload }

  func at(_ position: Int) -> JSONValue { JSONValue(tape: tape, stringWords: stringWords, index: position) }
}
