// SPDX-License-Identifier: Apache-2.0
// The letters of which signatures are made.

/// One letter of a signature (D-Bus specification, "Type System").
enum TypeCode {
  static let byte = UInt8(ascii: "y")
  static let boolean = UInt8(ascii: "b")
  static let int16 = UInt8(ascii: "n")
  static let uint16 = UInt8(ascii: "q")
  static let int32 = UInt8(ascii: "i")
  static let uint32 = UInt8(ascii: "u")
  static let int64 = UInt8(ascii: "x")
  static let uint64 = UInt8(ascii: "t")
  static let double = UInt8(ascii: "d")
  static let string = UInt8(ascii: "s")
  static let objectPath = UInt8(ascii: "o")
  static let signature = UInt8(ascii: "g")
  static let unixDescriptor = UInt8(ascii: "h")
  static let variant = UInt8(ascii: "v")
  static let array = UInt8(ascii: "a")
  static let structureBegin = UInt8(ascii: "(")
  static let structureEnd = UInt8(ascii: ")")
  static let entryBegin = UInt8(ascii: "{")
  static let entryEnd = UInt8(ascii: "}")

  /// Whether the letter stands for a type without parts; only these may be keys of a dictionary.
  static func isBasic(_ code: UInt8) -> Bool {
    switch code {
    case byte, boolean, int16, uint16, int32, uint32, int64, uint64, double, string, objectPath, signature,
      unixDescriptor:
      true
    default: false
    }
  }

  /// The boundary, in bytes, on which a value of this type begins.
  static func alignment(_ code: UInt8) -> Int {
    switch code {
    case byte, signature, variant: 1
    case int16, uint16: 2
    case int64, uint64, double, structureBegin, entryBegin: 8
    default: 4
    }
  }

  /// The fewest bytes from the beginning of a value of this type to that of the next one in an array.
  static func minimumStride(_ code: UInt8) -> Int {
    switch code {
    case byte: 1
    case structureBegin, entryBegin: 8
    case int16, uint16, signature: 2
    case int64, uint64, double: 8
    case string, objectPath: 5
    default: 4
    }
  }
}
