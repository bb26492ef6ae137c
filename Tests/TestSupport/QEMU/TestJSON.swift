// SPDX-License-Identifier: Apache-2.0
// JSON as the rigs write and read it: by Foundation, so that the product's own reader is not its own judge.

import Foundation

/// A JSON value.
public enum TestJSON: Sendable, Hashable, Codable {
  /// The null value.
  case null
  /// A truth value.
  case bool(Bool)
  /// A whole number.
  case int(Int64)
  /// A whole number beyond `Int64`.
  case uint(UInt64)
  /// Any other number.
  case double(Double)
  /// Text.
  case string(String)
  /// A list.
  case array([TestJSON])
  /// Named members, without order.
  case object([String: TestJSON])

  /// Reads one value.
  public init(parsing text: some StringProtocol) throws {
    self = try JSONDecoder().decode(TestJSON.self, from: Data(text.utf8))
  }

  /// Reads one value from whatever it is in.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let value = try? container.decode([String: TestJSON].self) {
      self = .object(value)
    } else if let value = try? container.decode(String.self) {
      self = .string(value)
    } else if let value = try? container.decode([TestJSON].self) {
      self = .array(value)
    } else if let value = try? container.decode(Bool.self) {
      self = .bool(value)
    } else if let value = try? container.decode(Int64.self) {
      self = .int(value)
    } else if let value = try? container.decode(UInt64.self) {
      self = .uint(value)
    } else if let value = try? container.decode(Double.self) {
      self = .double(value)
    } else {
      self = .null
    }
  }

  /// Writes the value.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .null: try container.encodeNil()
    case .bool(let value): try container.encode(value)
    case .int(let value): try container.encode(value)
    case .uint(let value): try container.encode(value)
    case .double(let value): try container.encode(value)
    case .string(let value): try container.encode(value)
    case .array(let value): try container.encode(value)
    case .object(let value): try container.encode(value)
    }
  }

  /// The value as one line of text, members in alphabetical order.
  public var text: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    // Only a number that JSON cannot write, such as NaN, fails here.
    return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? "null"
  }

  /// A member of an object, nil where there is none.
  public subscript(_ key: String) -> TestJSON? {
    guard case .object(let members) = self else { return nil }
    return members[key]
  }

  /// An element of a list, nil where there is none.
  public subscript(_ index: Int) -> TestJSON? {
    guard case .array(let elements) = self, elements.indices.contains(index) else { return nil }
    return elements[index]
  }

  /// The text, if it is text.
  public var string: String? {
    guard case .string(let value) = self else { return nil }
    return value
  }

  /// The number, if it is a whole one.
  public var int: Int64? {
    guard case .int(let value) = self else { return nil }
    return value
  }

  /// The truth value, if it is one.
  public var bool: Bool? {
    guard case .bool(let value) = self else { return nil }
    return value
  }

  /// The elements, if it is a list.
  public var array: [TestJSON]? {
    guard case .array(let value) = self else { return nil }
    return value
  }
}

extension TestJSON: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
  ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral, ExpressibleByFloatLiteral, ExpressibleByNilLiteral
{
  /// Text.
  public init(stringLiteral value: String) { self = .string(value) }
  /// A whole number.
  public init(integerLiteral value: Int64) { self = .int(value) }
  /// A number.
  public init(floatLiteral value: Double) { self = .double(value) }
  /// A truth value.
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  /// A list.
  public init(arrayLiteral elements: TestJSON...) { self = .array(elements) }
  /// An object; of two members with one name the last stays.
  public init(dictionaryLiteral elements: (String, TestJSON)...) {
    self = .object(Dictionary(elements) { _, last in last })
  }
  /// The null value.
  public init(nilLiteral: ()) { self = .null }
}
