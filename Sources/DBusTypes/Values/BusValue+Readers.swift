// SPDX-License-Identifier: Apache-2.0
// What is in a value, if it is of the type asked for.

extension BusValue {
  /// The byte; nil for every other type.
  public var byte: UInt8? { if case .byte(let value) = self { value } else { nil } }
  /// The truth value; nil for every other type.
  public var boolean: Bool? { if case .boolean(let value) = self { value } else { nil } }
  /// The number; nil for every other type.
  public var int16: Int16? { if case .int16(let value) = self { value } else { nil } }
  /// The number; nil for every other type.
  public var uint16: UInt16? { if case .uint16(let value) = self { value } else { nil } }
  /// The number; nil for every other type.
  public var int32: Int32? { if case .int32(let value) = self { value } else { nil } }
  /// The number; nil for every other type.
  public var uint32: UInt32? { if case .uint32(let value) = self { value } else { nil } }
  /// The number; nil for every other type.
  public var int64: Int64? { if case .int64(let value) = self { value } else { nil } }
  /// The number; nil for every other type.
  public var uint64: UInt64? { if case .uint64(let value) = self { value } else { nil } }
  /// The number; nil for every other type.
  public var double: Double? { if case .double(let value) = self { value } else { nil } }
  /// The text; nil for every other type, paths and signatures too.
  public var string: String? { if case .string(let value) = self { value } else { nil } }
  /// The path; nil for every other type.
  public var objectPath: ObjectPath? { if case .objectPath(let value) = self { value } else { nil } }
  /// The descriptor's owner; nil for every other type.
  public var unixDescriptor: BusDescriptor? { if case .unixDescriptor(let value) = self { value } else { nil } }
  /// The bytes of `ay`; nil for every other type.
  public var bytes: [UInt8]? { if case .bytes(let value) = self { value } else { nil } }
  /// The elements of an array that is not of bytes; nil for every other type.
  public var array: [BusValue]? { if case .array(_, let value) = self { value } else { nil } }
  /// The fields of a structure; nil for every other type.
  public var structure: [BusValue]? { if case .structure(let value) = self { value } else { nil } }
  /// The dictionary; nil for every other type.
  public var dictionary: BusDictionary? { if case .dictionary(let value) = self { value } else { nil } }
  /// What the variant holds; nil for every other type.
  public var variant: BusValue? { if case .variant(let value) = self { value } else { nil } }

  /// The texts of `as`; nil for every other type.
  public var strings: [String]? {
    guard case .array("s", let elements) = self else { return nil }
    return elements.compactMap(\.string)
  }

  /// Any integer of any width that fits; nil for every other type, and for one that does not fit.
  public var integer: Int? {
    switch self {
    case .byte(let value): Int(value)
    case .int16(let value): Int(value)
    case .uint16(let value): Int(value)
    case .int32(let value): Int(value)
    case .uint32(let value): Int(value)
    case .int64(let value): Int(exactly: value)
    case .uint64(let value): Int(exactly: value)
    default: nil
    }
  }
}
