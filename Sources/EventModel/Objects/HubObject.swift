// SPDX-License-Identifier: Apache-2.0
// An object of the registry: a subject and its properties.

/// An object of the registry: a subject and the values of the properties that its category has.
public struct HubObject: Hashable, Sendable {
  /// What the object stands for.
  public let subject: Subject
  private var values: [Value]

  /// An object with those values; the other properties have their initial values.
  public init(_ subject: Subject, _ properties: PropertyChanges = [:]) {
    self.subject = subject
    values = PropertyDefinition.initialValues(for: subject.category)
    for (name, value) in properties { set(name, value) }
  }

  /// The value of a property; nil when the category has no such property.
  public subscript(name: PropertyName) -> Value? {
    PropertyDefinition.position(of: name, in: subject.category).map { values[$0] }
  }

  /// Sets a property.
  ///
  /// - Returns: whether the value is another one than before. A property that the category does not have is a mistake
  ///   of the source: it is left out.
  @discardableResult
  public mutating func set(_ name: PropertyName, _ value: Value) -> Bool {
    guard let position = PropertyDefinition.position(of: name, in: subject.category) else {
      assertionFailure("\(subject.category) has no property \(name.rawValue)")
      return false
    }
    guard values[position] != value else { return false }
    values[position] = value
    return true
  }

  /// The properties with their definitions, in the order in which they are shown.
  public var properties: [(definition: PropertyDefinition, value: Value)] {
    zip(PropertyDefinition.list(for: subject.category), values).map { ($0, $1) }
  }

  /// Calls with each property whose value is not the initial one, in the order in which they are shown.
  public func forEachStated(_ body: (_ name: PropertyName, _ value: Value) -> Void) {
    let definitions = PropertyDefinition.list(for: subject.category)
    for (position, value) in values.enumerated() where value != definitions[position].initialValue {
      body(definitions[position].name, value)
    }
  }

  /// The name that people know it by; may be empty.
  public var name: String { self[.name]?.string ?? "" }
  /// The state by its name.
  public var state: String { self[.state]?.string ?? "" }
  /// When the state was entered.
  public var stateSince: Timestamp { Timestamp(microseconds: self[.stateSince]?.int ?? 0) }
  /// The sequence of the last event about it; 0 when there was none.
  public var lastEvent: UInt64 { self[.lastEvent]?.uint ?? 0 }
}
