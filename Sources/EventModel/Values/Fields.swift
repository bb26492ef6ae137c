// SPDX-License-Identifier: Apache-2.0
// Named values in the order they were put.

/// Named values in the order they were put; a name stands once.
public struct Fields: Hashable, Sendable, ExpressibleByDictionaryLiteral, RandomAccessCollection {
  /// One name and its value.
  public struct Entry: Hashable, Sendable {
    /// The name.
    public let name: String
    /// The value.
    public var value: Value
  }

  /// All of them: whoever goes through them often copies neither names nor values for that.
  package private(set) var entries: [Entry] = []

  /// No values.
  public init() {}

  /// Values by name; of a name that comes twice the last value stays.
  public init(_ pairs: some Sequence<(String, Value)>) {
    for (name, value) in pairs { self[name] = value }
  }

  /// Values by name; of a name that comes twice the last value stays.
  public init(dictionaryLiteral elements: (String, Value)...) {
    entries.reserveCapacity(elements.count)
    for (name, value) in elements { self[name] = value }
  }

  /// The value of a name; setting nil takes the name out.
  public subscript(name: String) -> Value? {
    get { entries.first { $0.name == name }?.value }
    set {
      switch (entries.firstIndex { $0.name == name }, newValue) {
      case (let index?, let value?): entries[index].value = value
      case (let index?, nil): entries.remove(at: index)
      case (nil, let value?): entries.append(Entry(name: name, value: value))
      case (nil, nil): break
      }
    }
  }

  /// Appends a value whose name is known to be new; what a parser uses that has checked it.
  public mutating func append(new name: String, _ value: Value) {
    entries.append(Entry(name: name, value: value))
  }

  /// Makes room for that many entries.
  public mutating func reserveCapacity(_ count: Int) {
    entries.reserveCapacity(count)
  }

  /// The values of the other put over these.
  public func merging(_ other: Fields) -> Fields {
    var merged = self
    for entry in other { merged[entry.name] = entry.value }
    return merged
  }

  /// The position of the first entry.
  public var startIndex: Int { 0 }
  /// The position after the last entry.
  public var endIndex: Int { entries.count }
  /// The entry at a position.
  public subscript(position: Int) -> Entry { entries[position] }

  /// About how many bytes of memory the values hold.
  public var footprint: Int {
    entries.reduce(0) { $0 + 24 + $1.name.utf8.count + $1.value.footprint }
  }
}
