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
    var known = 0
    if case .byTruth(let member, _, _) = kind {
      if let truth = data?.bool(member) {
        reading.truth = truth
        known += 1
      } else {
        reading.complain(name, member)
      }
    }
    if !fields.isEmpty { reading.fields.reserveCapacity(fields.count) }
    for rule in fields {
      if let parent = rule.parent {
        reading.take(rule, of: data?[parent], self)
      } else if reading.take(rule, of: data, self) {
        known += 1
      }
    }
    if let data, data.count > known { reading.hasUnknownMembers = data.count > known + nestedObjects(of: data) }
    return reading
  }

  /// How many objects there are that are read only for what is in them.
  private func nestedObjects(of data: JSONValue) -> Int {
    data.members.count { member in
      fields.contains { $0.parent.map { member.isNamed($0.description) } ?? false }
        && !fields.contains { $0.parent == nil && member.isNamed($0.member.description) }
    }
  }
}

extension QMPReading {
  /// Takes the member of an object; whether there is one, right or wrong.
  @discardableResult
  fileprivate mutating func take(_ rule: QMPField, of object: JSONValue?, _ row: QMPEventDefinition) -> Bool {
    if case .constant(let text) = rule.type {
      fields.append(new: rule.field, .string(text))
      return false
    }
    if let object, let value = rule.read(object) {
      fields.append(new: rule.field, value)
      return true
    }
    let isThere = object?[rule.member] != nil
    if isThere || !rule.isOptional { complain(row.name, rule.member) }
    return isThere
  }

  fileprivate mutating func complain(_ event: String, _ member: JSONKey) {
    if complaint == nil { complaint = "\(event): member \(member) is missing or of another type" }
  }
}

extension QMPField {
  /// Reads the member of an object, by the type that the table says.
  fileprivate func read(_ object: JSONValue) -> Value? {
    switch type {
    case .bool: object.bool(member).map(Value.bool)
    case .int: object.int64(member).map(Value.int)
    case .uint: object.uint64(member).map(Value.uint)
    case .string: object.string(member).map { .string($0.bounded(to: ValueLimits.text)) }
    case .map: object[member].flatMap { $0.kind == .object ? Value($0) : nil }
    case .endpoint: object[member].flatMap { $0.kind == .object ? .map(Fields(endpoint: $0)) : nil }
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
