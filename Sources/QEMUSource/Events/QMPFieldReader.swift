// SPDX-License-Identifier: Apache-2.0
// From an event's data to the typed fields that are published.

package import EventModel
package import JSONText

/// What reading an event's data gave.
package struct QMPReading: Sendable {
  /// The fields that were there and of the right type.
  package var fields: Fields = [:]
  /// What was missing or of another type; `nil` when all is well.
  package var complaint: String?
  /// Whether the data has members that the table does not know: then the whole text is kept with the event.
  package var hasUnknownMembers = false
  /// The truth value that decides between two kinds, where one does.
  package var truth = false
}

extension QMPEventDefinition {
  /// Reads the data of an event by the table.
  ///
  /// What does not fit is left out and named, never guessed.
  package func read(_ data: JSONValue?) -> QMPReading {
    var reading = QMPReading()
    reading.fields.reserveCapacity(fields.count)
    var known = 0
    var lastParent: String?
    if case .byTruth(let member, _, _) = kind {
      if let truth = data?[member]?.bool {
        reading.truth = truth
        known += 1
      } else {
        reading.complain(name, member)
      }
    }
    for rule in fields {
      if case .constant(let text) = rule.type {
        reading.fields.append(new: rule.field, .string(text))
        continue
      }
      var object = data
      if let parent = rule.parent {
        object = data?[parent]
        // An endpoint rule has counted its object already.
        if parent != lastParent, object != nil, !fields.contains(where: { $0.member == parent }) {
          known += 1
        }
        lastParent = parent
      }
      guard let member = object?[rule.member] else {
        if !rule.isOptional { reading.complain(name, rule.member) }
        continue
      }
      if rule.parent == nil { known += 1 }
      if let value = rule.value(of: member) {
        reading.fields.append(new: rule.field, value)
      } else {
        reading.complain(name, rule.member)
      }
    }
    reading.hasUnknownMembers = (data?.count ?? 0) > known
    return reading
  }
}

extension QMPReading {
  fileprivate mutating func complain(_ event: String, _ member: String) {
    if complaint == nil { complaint = "\(event): member \(member) is missing or of another type" }
  }
}

extension QMPField {
  /// The member's value, if it is of the type that the table says.
  fileprivate func value(of member: JSONValue) -> Value? {
    switch type {
    case .bool: member.bool.map(Value.bool)
    case .int: member.int64.map(Value.int)
    case .uint: member.uint64.map(Value.uint)
    case .string: member.string.map { .string($0.bounded(to: ValueLimits.text)) }
    case .map: member.kind == .object ? Value(member) : nil
    case .endpoint: member.kind == .object ? .map(Fields(endpoint: member)) : nil
    case .constant(let text): .string(text)
    }
  }
}

extension Fields {
  /// Host, service and family of a console's end; SPICE calls the service a port.
  fileprivate init(endpoint: JSONValue) {
    self.init()
    for member in endpoint.members.prefix(ValueLimits.elements) {
      guard let value = Value(member.value) else { continue }
      self[member.isNamed("port") ? "service" : member.name.bounded(to: ValueLimits.name)] = value
    }
  }
}
