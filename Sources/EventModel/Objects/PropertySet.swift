// SPDX-License-Identifier: Apache-2.0
// Names of properties, each once.

/// Names of properties, each once.
///
/// A bit stands for each name: with every event it is asked and told which properties changed, and a set that hashes costs
/// some thousand instructions for that.
public struct PropertySet: Hashable, Sendable {
  private var bits: UInt64 = 0

  /// No names.
  public init() {}

  /// The names in a sequence.
  public init(_ names: some Sequence<PropertyName>) {
    for name in names { insert(name) }
  }

  /// Whether there is none.
  public var isEmpty: Bool { bits == 0 }

  /// Whether the name is among them.
  public func contains(_ name: PropertyName) -> Bool { bits & PropertySet.bit(name) != 0 }

  /// Adds a name.
  public mutating func insert(_ name: PropertyName) { bits |= PropertySet.bit(name) }

  /// Adds all names of another set.
  public mutating func formUnion(_ other: PropertySet) { bits |= other.bits }

  /// The names that are in both.
  public func intersection(_ other: PropertySet) -> PropertySet {
    var common = PropertySet()
    common.bits = bits & other.bits
    return common
  }

  /// Whether no name is in both.
  public func isDisjoint(with other: PropertySet) -> Bool { bits & other.bits == 0 }

  /// The test of the set is that every name has a bit of its own.
  private static func bit(_ name: PropertyName) -> UInt64 { 1 << UInt64(truncatingIfNeeded: name.ordinal) }
}

extension PropertySet: ExpressibleByArrayLiteral {
  /// The names of a list.
  public init(arrayLiteral names: PropertyName...) { self.init(names) }
}

extension PropertySet: Sequence {
  /// The names, in the order in which they are declared.
  public func makeIterator() -> Iterator { Iterator(rest: bits) }

  /// How many names there are.
  public var count: Int { bits.nonzeroBitCount }

  /// Goes over the names of a set.
  public struct Iterator: IteratorProtocol {
    fileprivate var rest: UInt64

    /// The next name.
    public mutating func next() -> PropertyName? {
      guard rest != 0 else { return nil }
      defer { rest &= rest - 1 }
      return PropertySet.names[rest.trailingZeroBitCount]
    }
  }

  private static let names = PropertyName.allCases
}
