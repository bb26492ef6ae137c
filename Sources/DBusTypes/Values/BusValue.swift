// SPDX-License-Identifier: Apache-2.0
// One value of any type that the bus can carry.

/// A value with its D-Bus type.
///
/// The specification, "Type System", says what each type is. A value can be built that no message can carry (a text
/// with U+0000, an array whose elements differ): sending such a one is refused with a clear error and harms nothing.
public enum BusValue: Hashable, Sendable {
  /// `y`.
  case byte(UInt8)
  /// `b`.
  case boolean(Bool)
  /// `n`.
  case int16(Int16)
  /// `q`.
  case uint16(UInt16)
  /// `i`.
  case int32(Int32)
  /// `u`.
  case uint32(UInt32)
  /// `x`.
  case int64(Int64)
  /// `t`.
  case uint64(UInt64)
  /// `d`.
  case double(Double)
  /// `s`. D-Bus carries every Unicode text but U+0000; see ``text(_:)``.
  case string(String)
  /// `o`.
  case objectPath(ObjectPath)
  /// `g`.
  case signature(Signature)
  /// `h`. The value shares the descriptor's owner; it is closed with the last value that holds it.
  case unixDescriptor(BusDescriptor)
  /// `ay`, held without a value for each byte. A reader always gives bytes in this form, never as `.array("y", …)`.
  case bytes([UInt8])
  /// `a…`: the signature of one element, then the elements, which all have that signature.
  case array(Signature, [BusValue])
  /// `(…)`: one field at least.
  case structure([BusValue])
  /// `a{…}`.
  case dictionary(BusDictionary)
  /// `v`.
  indirect case variant(BusValue)

  /// The signature of this value: one complete type.
  public var signature: Signature {
    var text = ""
    appendSignature(to: &text)
    return Signature(unchecked: text)
  }

  /// Appends the letters of this value's type.
  func appendSignature(to text: inout String) {
    switch self {
    case .byte: text += "y"
    case .boolean: text += "b"
    case .int16: text += "n"
    case .uint16: text += "q"
    case .int32: text += "i"
    case .uint32: text += "u"
    case .int64: text += "x"
    case .uint64: text += "t"
    case .double: text += "d"
    case .string: text += "s"
    case .objectPath: text += "o"
    case .signature: text += "g"
    case .unixDescriptor: text += "h"
    case .bytes: text += "ay"
    case .array(let element, _):
      text += "a"
      text += element.rawValue
    case .structure(let fields):
      text += "("
      for field in fields { field.appendSignature(to: &text) }
      text += ")"
    case .dictionary(let dictionary): text += dictionary.signature.rawValue
    case .variant: text += "v"
    }
  }
}
