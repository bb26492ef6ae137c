// SPDX-License-Identifier: Apache-2.0
// The keys of a dictionary that is made again and again, such as the properties of an interface.

/// The keys of dictionaries of texts to variants, `a{sv}`, with the type of each value.
///
/// What stands on the wire before each value is the same each time, so it is made once. It is shared: thousands of
/// objects have the same properties.
public final class VariantKeys: Sendable {
  struct Key {
    let name: String
    let signature: Signature
    /// The type, if it is one letter.
    let code: UInt8?
    /// Where the key's bytes end.
    let end: Int
  }

  let keys: [Key]
  /// For each key, as if it began on a boundary of 8: the text and the signature of the variant.
  let bytes: [UInt8]

  /// Prepares keys; a dictionary has them in this order.
  public init(_ keys: [(name: MemberName, signature: Signature)]) {
    var bytes: [UInt8] = []
    self.keys = keys.map { name, signature in
      var buffer = WireBuffer(capacity: 64)
      _ = buffer.appendString(name.rawValue.utf8.span)
      buffer.appendSignature(signature)
      bytes += buffer.array
      let letters = signature.rawValue.utf8.span
      return Key(
        name: name.rawValue, signature: signature, code: letters.count == 1 ? letters[0] : nil, end: bytes.count)
    }
    self.bytes = bytes
  }

  /// Whether there is a value of the right type for each key.
  func accepts(_ values: [BusValue]) -> Bool {
    guard values.count == keys.count else { return false }
    for index in values.indices {
      guard keys[index].code.map({ values[index].code == $0 }) ?? (values[index].signature == keys[index].signature)
      else { return false }
    }
    return true
  }
}
