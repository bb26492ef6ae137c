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
  /// What is in it, in one of two forms.
  private(set) var storage: Storage

  enum Storage {
    case entries([Entry])
    case prepared(PreparedVariants)
  }

  /// Values for keys whose bytes are there already; each value has the type that its key says.
  final class PreparedVariants: Sendable {
    let keys: VariantKeys
    let values: [BusValue]

    fileprivate init(keys: VariantKeys, values: [BusValue]) {
      self.keys = keys
      self.values = values
    }
  }

  /// The entries in order.
  public var entries: [Entry] {
    get {
      switch storage {
      case .entries(let entries): entries
      case .prepared(let variants):
        zip(variants.keys.keys, variants.values).map { Entry(key: .string($0.name), variant: $1) }
      }
    }
    set { storage = .entries(newValue) }
  }

  /// Makes a dictionary; nil if `key` is not one basic type or `value` not one complete type.
  public init?(key: Signature, value: Signature, entries: [Entry] = []) {
    guard let signature = Signature("a{\(key)\(value)}"), key.rawValue.utf8.count == 1, value.isSingle else {
      return nil
    }
    self.signature = signature
    storage = .entries(entries)
  }

  /// A dictionary of texts to variants, `a{sv}`.
  public init(variants entries: [Entry]) {
    signature = .variants
    storage = .entries(entries)
  }

  /// A dictionary of texts to variants, `a{sv}`, with a value for each of the keys; nil if the values are not as many, or
  /// one has another type than its key says.
  public init?(keys: VariantKeys, values: [BusValue]) {
    guard keys.accepts(values) else { return nil }
    signature = .variants
    storage = .prepared(PreparedVariants(keys: keys, values: values))
  }

  /// A signature that is already known to be that of a dictionary.
  init(unchecked signature: Signature, entries: [Entry]) {
    self.signature = signature
    storage = .entries(entries)
  }

  /// The value for a key that is a text, with a variant's wrapping taken off; nil if there is none.
  public subscript(key: String) -> BusValue? {
    entries.last { $0.key == .string(key) }?.content
  }

  /// Whether both have the same type and the same entries in the same order.
  public static func == (left: Self, right: Self) -> Bool {
    left.signature == right.signature && left.entries == right.entries
  }

  /// Hashes the type and the entries.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(signature)
    hasher.combine(entries)
  }
}
