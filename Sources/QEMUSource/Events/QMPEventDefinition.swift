// SPDX-License-Identifier: Apache-2.0
// What one QMP event means to the hub: a row of the table.

package import EventModel
package import JSONText

/// What one QMP event means: its kind, its typed data, and what it does to the machine's state.
///
/// A class, so that looking a row up copies nothing.
package final class QMPEventDefinition: Sendable {
  /// QEMU's name of the event.
  package let name: String
  /// The kind it is published as.
  package let kind: KindRule
  /// Its data members.
  package let fields: [QMPField]
  /// What it says about the machine's state.
  package let effect: QMPEffect
  /// Whether it tells a change of state, so that it is never folded away.
  package let isStateChange: Bool

  /// How the kind is found.
  package enum KindRule: Sendable {
    /// Always the same kind.
    case always(EventKind)
    /// The kind of the state that the machine is in after the event.
    case ofState
    /// One kind where that member is true, another where it is false.
    case byTruth(JSONKey, whenTrue: EventKind, whenFalse: EventKind)

    var isOfState: Bool { if case .ofState = self { true } else { false } }
  }

  convenience init(_ name: String, _ kind: EventKind, _ fields: [QMPField] = [], effect: QMPEffect = .none) {
    self.init(name, rule: .always(kind), fields, effect: effect)
  }

  init(_ name: String, rule: KindRule, _ fields: [QMPField] = [], effect: QMPEffect = .none) {
    self.name = name
    kind = rule
    self.fields = fields
    self.effect = effect
    if case .always(let kind) = rule {
      isStateChange = RateGuard.isStateChange(kind)
    } else {
      isStateChange = rule.isOfState
    }
  }

  /// All kinds it may be published as.
  package var kinds: [EventKind] {
    switch kind {
    case .always(let kind): [kind]
    case .ofState:
      VMState.allCases.filter { $0 != .stopped && $0 != .unknown }.map(EventKind.init(state:))
    case .byTruth(_, let whenTrue, let whenFalse): [whenTrue, whenFalse]
    }
  }
}

/// One member of an event's data and the field it becomes.
package final class QMPField: Sendable {
  /// The member's name.
  package let member: JSONKey
  /// The name of the object around it, where it is not a member of the data itself.
  package let parent: JSONKey?
  /// The field's name in the published data.
  package let field: String
  /// How it is read.
  package let type: FieldType
  /// Whether QEMU may leave it out.
  package let isOptional: Bool

  /// How a member is read.
  package enum FieldType: Hashable, Sendable {
    /// A truth value.
    case bool
    /// A whole number.
    case int
    /// A whole number that is not negative.
    case uint
    /// A text.
    case string
    /// An object, taken as it is.
    case map
    /// An object with host, family and service or port.
    case endpoint
    /// Nothing: the field has this text whatever the event says.
    case constant(String)
  }

  init(
    _ member: JSONKey, _ field: String, _ type: FieldType, in parent: JSONKey? = nil,
    optional: Bool = false
  ) {
    self.member = member
    self.parent = parent
    self.field = field
    self.type = type
    isOptional = optional
  }

  static func constant(_ field: String, _ text: String) -> QMPField {
    QMPField("", field, .constant(text))
  }

  static func optional(
    _ member: JSONKey, _ field: String, _ type: FieldType, in parent: JSONKey? = nil
  ) -> QMPField {
    QMPField(member, field, type, in: parent, optional: true)
  }
}

/// What an event says about the state of the machine.
///
/// QEMU's events do not name the run state. `STOP` says that the machine stopped; why stands in the event before it. Where the
/// state cannot be known from events it is asked for (`query-status`): replies and events come in one order, so an answer always
/// tells the state after all events before it.
package enum QMPEffect: Hashable, Sendable {
  /// Nothing.
  case none
  /// The machine stopped, for the reason that an event before it gave, or paused.
  case stopped
  /// The machine runs.
  case resumed
  /// The machine sleeps in memory.
  case suspended
  /// If the machine stops next, it is in this state; where a member is named, only when `action` has that value.
  case announces(VMState, action: String?)
  /// A migration began, went on or ended: at its end the state may be another one.
  case migration
  /// The state may be another one now: ask.
  case uncertain
}
