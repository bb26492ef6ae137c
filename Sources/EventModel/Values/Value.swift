// SPDX-License-Identifier: Apache-2.0
// What an event or an object carries: a small, closed set of value types.

/// A value of an event's data or of an object's property.
public enum Value: Hashable, Sendable {
  /// A truth value.
  case bool(Bool)
  /// A signed integer.
  case int(Int64)
  /// An unsigned integer.
  case uint(UInt64)
  /// A finite floating point number.
  case double(Double)
  /// Text.
  case string(String)
  /// A list of values.
  case list([Value])
  /// Named values, in order.
  case map(Fields)

  /// The text, when the value is text.
  public var string: String? {
    if case .string(let text) = self { text } else { nil }
  }

  /// The truth value, when the value is one.
  public var bool: Bool? {
    if case .bool(let truth) = self { truth } else { nil }
  }

  /// The number as an unsigned integer, when it is an integer that fits.
  public var uint: UInt64? {
    switch self {
    case .uint(let number): number
    case .int(let number): UInt64(exactly: number)
    default: nil
    }
  }

  /// The number as a signed integer, when it is an integer that fits.
  public var int: Int64? {
    switch self {
    case .int(let number): number
    case .uint(let number): Int64(exactly: number)
    default: nil
    }
  }

  /// The number as a floating point number, when the value is a number.
  public var double: Double? {
    switch self {
    case .double(let number): number
    case .int(let number): Double(number)
    case .uint(let number): Double(number)
    default: nil
    }
  }

  /// The list, when the value is one.
  public var list: [Value]? {
    if case .list(let values) = self { values } else { nil }
  }

  /// The named values, when the value is a map.
  public var map: Fields? {
    if case .map(let fields) = self { fields } else { nil }
  }

  /// A list of texts.
  public static func strings(_ texts: some Sequence<String>) -> Value {
    .list(texts.map(Value.string))
  }

  /// About how many bytes of memory the value holds; what bounds on queues are counted in.
  public var footprint: Int {
    switch self {
    case .bool, .int, .uint, .double: 24
    case .string(let text): 24 + text.utf8.count
    case .list(let values): values.reduce(24) { $0 + $1.footprint }
    case .map(let fields): 24 + fields.footprint
    }
  }
}

extension Value: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  /// Text.
  public init(stringLiteral text: String) { self = .string(text) }
  /// A truth value.
  public init(booleanLiteral truth: Bool) { self = .bool(truth) }
  /// A signed integer.
  public init(integerLiteral number: Int64) { self = .int(number) }
  /// A list.
  public init(arrayLiteral elements: Value...) { self = .list(elements) }
  /// Named values.
  public init(dictionaryLiteral elements: (String, Value)...) { self = .map(Fields(elements)) }
}
