// SPDX-License-Identifier: Apache-2.0
// Short ways to write the values that are needed most.

extension BusValue {
  /// A text that came from outside, in a form that the bus can carry: U+0000 becomes U+FFFD.
  public static func text(_ text: String) -> BusValue {
    guard text.utf8.contains(0) else { return .string(text) }
    var clean = ""
    clean.unicodeScalars.append(contentsOf: text.unicodeScalars.map { $0 == "\0" ? "\u{FFFD}" : $0 })
    return .string(clean)
  }

  /// An array of texts, `as`.
  public static func strings(_ texts: [String]) -> BusValue { .array(.string, texts.map { .string($0) }) }

  /// An array of texts, `as`.
  public static func strings(_ texts: some Sequence<String>) -> BusValue { strings(Array(texts)) }

  /// An array of object paths, `ao`.
  public static func objectPaths(_ paths: some Sequence<ObjectPath>) -> BusValue {
    .array("o", paths.map { .objectPath($0) })
  }

  /// A dictionary of texts to variants, `a{sv}`, in the given order; each value is wrapped in a variant here.
  public static func variants(_ entries: [(String, BusValue)]) -> BusValue {
    var result: [BusDictionary.Entry] = []
    result.reserveCapacity(entries.count)
    for (key, value) in entries { result.append(.init(key: .string(key), variant: value)) }
    return .dictionary(BusDictionary(variants: result))
  }

  /// A dictionary of texts to variants, `a{sv}`, in the given order; each value is wrapped in a variant here.
  public static func variants(_ entries: some Sequence<(String, BusValue)>) -> BusValue { variants(Array(entries)) }

  /// A dictionary with the types given.
  ///
  /// Traps if `key` is not one basic type or `value` not one complete type: both are the program's own.
  public static func dictionary(
    key: Signature, value: Signature, _ entries: some Sequence<(BusValue, BusValue)>
  ) -> BusValue {
    let entries = entries.map { BusDictionary.Entry(key: $0, value: $1) }
    guard let dictionary = BusDictionary(key: key, value: value, entries: entries) else {
      preconditionFailure("not the types of a dictionary: \(key), \(value)")
    }
    return .dictionary(dictionary)
  }
}
