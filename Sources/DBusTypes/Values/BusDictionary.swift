// SPDX-License-Identifier: Apache-2.0
// The dictionary of D-Bus: typed, in order.

/// A dictionary (`a{…}`): entries in the order in which they were put in or came.
///
/// The bus does not forbid a key that comes twice; a look-up takes the last one, as most libraries do.
public struct BusDictionary: Hashable, Sendable {
  /// One key with its value.
  public struct Entry: Hashable, Sendable {
    /// The key, of a basic type.
    public var key: BusValue
    /// The value, or what the variant holds that is the value: most dictionaries are of variants, and an indirect case
    /// would cost each of their entries a piece of memory of its own.
    var content: BusValue
    /// Whether the value is a variant.
    var isVariant: Bool

    /// Puts a key and a value together.
    public init(key: BusValue, value: BusValue) {
      self.key = key
      if case .variant(let inner) = value {
        content = inner
        isVariant = true
      } else {
        content = value
        isVariant = false
      }
    }

    /// Puts a key and a variant of this value together.
    public init(key: BusValue, variant content: BusValue) {
      self.key = key
      self.content = content
      isVariant = true
    }

    /// The value.
    public var value: BusValue {
      get { isVariant ? .variant(content) : content }
      set { self = Entry(key: key, value: newValue) }
    }
  }

  /// The signature of the whole, such as `a{sv}`.
  public let signature: Signature
  /// The entries in order.
  public var entries: [Entry]

  /// Makes a dictionary; nil if `key` is not one basic type or `value` not one complete type.
  public init?(key: Signature, value: Signature, entries: [Entry] = []) {
    guard let signature = Signature("a{\(key)\(value)}"), key.rawValue.utf8.count == 1, value.isSingle else {
      return nil
    }
    self.signature = signature
    self.entries = entries
  }

  /// A dictionary of texts to variants, `a{sv}`.
  public init(variants entries: [Entry]) {
    signature = .variants
    self.entries = entries
  }

  /// A signature that is already known to be that of a dictionary.
  init(unchecked signature: Signature, entries: [Entry]) {
    self.signature = signature
    self.entries = entries
  }

  /// The value for a key that is a text, with a variant's wrapping taken off; nil if there is none.
  public subscript(key: String) -> BusValue? {
    entries.last { $0.key == .string(key) }?.content
  }
}
