// SPDX-License-Identifier: Apache-2.0
// Comparing a value's type with a signature, without making the signature's text.

extension BusValue {
  /// The letter of a basic type or of a variant; nil for arrays, structures and dictionaries.
  var code: UInt8? {
    switch self {
    case .byte: TypeCode.byte
    case .boolean: TypeCode.boolean
    case .int16: TypeCode.int16
    case .uint16: TypeCode.uint16
    case .int32: TypeCode.int32
    case .uint32: TypeCode.uint32
    case .int64: TypeCode.int64
    case .uint64: TypeCode.uint64
    case .double: TypeCode.double
    case .string: TypeCode.string
    case .objectPath: TypeCode.objectPath
    case .signature: TypeCode.signature
    case .unixDescriptor: TypeCode.unixDescriptor
    case .variant: TypeCode.variant
    case .bytes, .array, .structure, .dictionary: nil
    }
  }

  /// Whether the value's type is exactly this one.
  ///
  /// Parts of an array are not looked at: the writer looks at each of them anyway.
  public func hasSignature(_ signature: Signature) -> Bool {
    guard let code else { return self.signature == signature }
    let bytes = signature.rawValue.utf8.span
    return bytes.count == 1 && bytes[0] == code
  }
}

extension BusDictionary {
  /// Whether an entry has the types that the dictionary was made with.
  func accepts(_ entry: borrowing Entry) -> Bool {
    let bytes = signature.rawValue.utf8.span
    guard let key = entry.key.code, key == bytes[2] else { return false }
    if let value = entry.isVariant ? TypeCode.variant : entry.content.code {
      return bytes.count == 5 && bytes[3] == value
    }
    return entry.content.signature.rawValue == SignatureParser.text(bytes, 3..<bytes.count - 1)
  }
}
