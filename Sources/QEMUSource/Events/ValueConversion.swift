// SPDX-License-Identifier: Apache-2.0
// From a JSON value to a value of an event or a property, within limits.

package import EventModel
package import JSONText

/// How much of one value from a monitor or a guest is kept.
package enum ValueLimits {
  /// The longest text, in bytes.
  package static let text = 4096
  /// The longest name of a member, in bytes.
  package static let name = 128
  /// The most elements or members of one list or map.
  package static let elements = 256
  /// The deepest nesting.
  package static let depth = 8
  /// The longest raw text of an event, in bytes.
  package static let raw = 16384
}

extension Value {
  /// The value, cut down to the limits; `nil` for `null` and for what is nested too deep.
  package init?(_ json: JSONValue, depth: Int = ValueLimits.depth) {
    guard depth > 0 else { return nil }
    switch json.kind {
    case .null: return nil
    case .bool: self = .bool(json.bool ?? false)
    case .integer: self = .int(json.int64 ?? 0)
    case .unsigned: self = .uint(json.uint64 ?? 0)
    case .double: self = .double(json.double ?? 0)
    case .string: self = .string((json.string ?? "").bounded(to: ValueLimits.text))
    case .array:
      self = .list(
        json.elements.prefix(ValueLimits.elements).compactMap { Value($0, depth: depth - 1) })
    case .object:
      var fields = Fields()
      for member in json.members.prefix(ValueLimits.elements) {
        guard let value = Value(member.value, depth: depth - 1) else { continue }
        fields[member.name.bounded(to: ValueLimits.name)] = value
      }
      self = .map(fields)
    }
  }
}
