// SPDX-License-Identifier: Apache-2.0
// What a kind means: the entry of the closed list behind the manual, ListKinds and the tests.

/// What a kind of event means, how much it matters, and what its data holds.
public struct KindDefinition: Sendable {
  /// The type of a field of an event's data.
  public enum FieldType: String, Sendable {
    /// A truth value.
    case bool
    /// A signed integer.
    case int
    /// An unsigned integer.
    case uint
    /// A floating point number.
    case double
    /// Text.
    case string
    /// A list.
    case list
    /// Named values.
    case map
  }

  /// A field that the data of an event may hold.
  public struct Field: Sendable {
    /// The name of the field.
    public let name: String
    /// Its type.
    public let type: FieldType
    /// What it holds, in half a sentence.
    public let meaning: String

    /// A field with that name, type and meaning.
    public init(_ name: String, _ type: FieldType, _ meaning: String) {
      self.name = name
      self.type = type
      self.meaning = meaning
    }
  }

  /// How much an event of the kind matters, where no `SeverityException` says otherwise.
  public let severity: Severity
  /// What happened, in one sentence.
  public let meaning: String
  /// What the data of such an event may hold; a field that is not known is left out.
  public let fields: [Field]

  init(_ severity: Severity, _ meaning: String, fields: [Field] = []) {
    self.severity = severity
    self.meaning = meaning
    self.fields = fields
  }
}

extension EventKind {
  /// What the kind means.
  public var definition: KindDefinition {
    EventKind.definitions[ordinal] ?? KindDefinition(.info, "")
  }

  /// How much an event of the kind matters, where none of its `exceptions` says otherwise.
  public var severity: Severity { EventKind.usualSeverities[ordinal] }

  /// The dotted name that consumers see.
  public var name: String { rawValue }

  /// The kinds of a machine's states, by the state's QEMU name.
  public init(state: VMState) {
    self = EventKind.byState[state] ?? .vmStateUnknown
  }

  /// The state that the kind announces, when it announces one.
  public var state: VMState? {
    EventKind.states[ordinal]
  }

  // By ordinal, since they are looked up for each event.

  static let definitions: [KindDefinition?] = allCases.map { kind in
    kind.hubDefinition ?? kind.lifeDefinition ?? kind.storageDefinition ?? kind.devicesDefinition
      ?? kind.hostDefinition
  }

  private static let usualSeverities: [Severity] = allCases.map(\.definition.severity)

  private static let states: [VMState?] = allCases.map { kind in
    let prefix = "vm.state."
    return kind.rawValue.hasPrefix(prefix) ? VMState(rawValue: String(kind.rawValue.dropFirst(prefix.count))) : nil
  }

  private static let byState: [VMState: EventKind] = Dictionary(
    uniqueKeysWithValues: allCases.compactMap { kind in kind.state.map { ($0, kind) } })
}
