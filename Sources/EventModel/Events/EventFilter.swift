// SPDX-License-Identifier: Apache-2.0
// Which events a consumer asks for.

/// What is wrong with a filter that a consumer gave.
public enum FilterError: Error, Hashable, Sendable {
  /// No kind has that name, or begins with that stem.
  case unknownKind(String)
  /// The text is no object path of the hub.
  case invalidSubject(String)
  /// There are more patterns than a filter may hold.
  case tooManyPatterns(limit: Int)
}

/// Which events a consumer asks for: by kind, by subject, both or neither.
public struct EventFilter: Hashable, Sendable {
  /// How many kinds and how many subjects a filter may name.
  public static let patternLimit = 256

  /// The kinds that match; nil matches all.
  public let kinds: Set<EventKind>?
  /// The subjects that match; nil matches all.
  public let subjects: Set<Subject>?

  /// A filter that everything passes.
  public static let everything = EventFilter(kinds: nil, subjects: nil)

  /// A filter from sets.
  public init(kinds: Set<EventKind>?, subjects: Set<Subject>?) {
    self.kinds = kinds
    self.subjects = subjects
  }

  /// A filter from what a consumer wrote.
  ///
  /// - Parameters:
  ///   - kinds: names of kinds, or stems that end in `.*`; none, or `*`, is all. An unknown one is refused.
  ///   - subjects: object paths; none, an empty text or `/` is all.
  /// - Throws: `FilterError`.
  public init(kinds: [String], subjects: [String]) throws(FilterError) {
    guard kinds.count <= EventFilter.patternLimit, subjects.count <= EventFilter.patternLimit else {
      throw .tooManyPatterns(limit: EventFilter.patternLimit)
    }
    var matching: Set<EventKind> = []
    for pattern in kinds {
      let found = EventFilter.kinds(matching: pattern)
      guard !found.isEmpty else { throw .unknownKind(pattern) }
      matching.formUnion(found)
    }
    self.kinds = kinds.isEmpty || matching.count == EventKind.allCases.count ? nil : matching
    var wanted: Set<Subject> = []
    var all = subjects.isEmpty
    for path in subjects {
      if path.isEmpty || path == "/" {
        all = true
      } else if let subject = Subject(objectPath: path) {
        wanted.insert(subject)
      } else {
        throw .invalidSubject(path)
      }
    }
    self.subjects = all ? nil : wanted
  }

  /// The kinds that a pattern names: one by its name, all below a stem by `STEM.*`, all by `*`.
  public static func kinds(matching pattern: String) -> [EventKind] {
    if pattern == "*" { return EventKind.allCases }
    guard pattern.hasSuffix(".*") else { return EventKind(rawValue: pattern).map { [$0] } ?? [] }
    let stem = pattern.dropLast()
    return EventKind.allCases.filter { $0.rawValue.hasPrefix(stem) }
  }

  /// Whether an event passes.
  public func matches(_ event: Event) -> Bool {
    (kinds?.contains(event.kind) ?? true) && (subjects?.contains(event.subject) ?? true)
  }
}
