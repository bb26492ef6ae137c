// SPDX-License-Identifier: Apache-2.0
// Values of the model as values of the bus.

internal import DBusTypes
internal import EventModel

extension Value {
  /// The value as its own type on the bus: the content of a variant.
  var bus: BusValue {
    switch self {
    case .bool(let truth): .boolean(truth)
    case .int(let number): .int64(number)
    case .uint(let number): .uint64(number)
    case .double(let number): .double(number)
    case .string(let text): .text(text)
    case .map(let fields): fields.bus
    case .list(let values):
      // A list of texts is what nearly all lists are, and `as` is what every tool can show.
      if values.allSatisfy({ $0.string != nil }) {
        .strings(values.compactMap(\.string))
      } else {
        .array("v", values.map { .variant($0.bus) })
      }
    }
  }

  /// The value as the type that a property is declared with; a value that does not fit is clamped.
  func bus(as signature: String) -> BusValue {
    switch signature {
    case "s": .text(string ?? "")
    case "b": .boolean(bool ?? false)
    case "u": .uint32(UInt32(clamping: uint ?? 0))
    case "t": .uint64(uint ?? 0)
    case "x": .int64(int ?? 0)
    case "d": .double(double ?? 0)
    case "as": .strings((list ?? []).compactMap(\.string))
    case "a{sv}": (map ?? [:]).bus
    case "aa{sv}": .array("a{sv}", (list ?? []).compactMap { $0.map?.bus })
    default: bus
    }
  }
}

extension Fields {
  /// The values as `a{sv}`.
  var bus: BusValue {
    var entries: [BusDictionary.Entry] = []
    entries.reserveCapacity(count)
    for entry in self { entries.append(.init(key: .string(entry.name), variant: entry.value.bus)) }
    return .dictionary(BusDictionary(variants: entries))
  }
}

extension Subject {
  /// The object path as the bus carries it.
  var busPath: ObjectPath {
    // It is one by the way it is made: every byte of a key that a path may not hold is escaped. The test of that is the
    // model's; it is not made again for each signal.
    ObjectPath(unchecked: objectPath)
  }
}
