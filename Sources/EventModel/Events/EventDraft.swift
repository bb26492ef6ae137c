// SPDX-License-Identifier: Apache-2.0
// What a source hands to the hub: an event before it has a number.

/// An event before it has a number: what a source hands to the hub.
public struct EventDraft: Sendable {
  /// What happened, and how much it matters.
  public let grade: EventGrade
  /// What it is about.
  public var subject: Subject
  /// What feeds it.
  public var source: Subject
  /// How the source came to know of it.
  public var origin: Origin
  /// When it happened, by the source's clock; nil when the source has none, then it is the moment of recording.
  public var time: Timestamp?
  /// What is known about it.
  public var data: Fields
  /// The text that the source gave.
  public var raw: String?
  /// What changes on the subject's object with this event; applied before the event is stamped.
  public var changes: PropertyChanges

  /// What happened.
  public var kind: EventKind { grade.kind }

  /// How much it matters.
  public var severity: Severity { grade.severity }

  /// A draft from its parts.
  public init(
    _ grade: EventGrade, subject: Subject, source: Subject, origin: Origin = .live, time: Timestamp? = nil,
    data: Fields = [:], raw: String? = nil, changes: PropertyChanges = [:]
  ) {
    self.grade = grade
    self.subject = subject
    self.source = source
    self.origin = origin
    self.time = time
    self.data = data
    self.raw = raw
    self.changes = changes
  }

  /// A draft from its parts, of the severity that is usual for the kind.
  public init(
    _ kind: EventKind, subject: Subject, source: Subject, origin: Origin = .live, time: Timestamp? = nil,
    data: Fields = [:], raw: String? = nil, changes: PropertyChanges = [:]
  ) {
    self.init(
      EventGrade(kind), subject: subject, source: source, origin: origin, time: time, data: data, raw: raw,
      changes: changes)
  }
}

/// Properties of an object and their new values, in the order they are applied.
public struct PropertyChanges: Sendable, ExpressibleByDictionaryLiteral, Sequence {
  private var pairs: [(PropertyName, Value)]

  /// Properties and their new values.
  public init(_ pairs: [(PropertyName, Value)] = []) {
    self.pairs = pairs
  }

  /// Properties and their new values.
  public init(dictionaryLiteral elements: (PropertyName, Value)...) {
    pairs = elements
  }

  /// The last new value of a property; setting a value appends it, setting nil takes its changes out.
  public subscript(name: PropertyName) -> Value? {
    get { pairs.last { $0.0 == name }?.1 }
    set {
      pairs.removeAll { $0.0 == name }
      if let newValue { pairs.append((name, newValue)) }
    }
  }

  /// Adds another state and why it was entered, which no change before these may name.
  public mutating func append(state: String, reason: String) {
    pairs.reserveCapacity(pairs.count + 2)
    pairs.append((.state, .string(state)))
    pairs.append((.reason, .string(reason)))
  }

  /// Whether nothing changes.
  public var isEmpty: Bool { pairs.isEmpty }

  /// The changes, in order.
  public func makeIterator() -> some IteratorProtocol<(PropertyName, Value)> {
    pairs.makeIterator()
  }
}
