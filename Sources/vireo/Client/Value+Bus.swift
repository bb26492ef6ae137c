// SPDX-License-Identifier: Apache-2.0
// Values of the bus as values of the model, to be shown.

import DBusTypes
import EventModel

extension Value {
  /// What a value of the bus says, without its exact type.
  init(bus value: BusValue) {
    switch value {
    case .boolean(let truth): self = .bool(truth)
    case .byte(let number): self = .uint(UInt64(number))
    case .uint16(let number): self = .uint(UInt64(number))
    case .uint32(let number): self = .uint(UInt64(number))
    case .uint64(let number): self = .uint(number)
    case .int16(let number): self = .int(Int64(number))
    case .int32(let number): self = .int(Int64(number))
    case .int64(let number): self = .int(number)
    case .double(let number): self = .double(number)
    case .string(let text): self = .string(text)
    case .objectPath(let path): self = .string(path.rawValue)
    case .signature(let signature): self = .string(signature.rawValue)
    case .unixDescriptor: self = .string("descriptor")
    case .bytes(let bytes): self = .list(bytes.map { .uint(UInt64($0)) })
    case .array(_, let elements): self = .list(elements.map(Value.init(bus:)))
    case .structure(let fields): self = .list(fields.map(Value.init(bus:)))
    case .variant(let inner): self = Value(bus: inner)
    case .dictionary(let dictionary):
      self = .map(
        Fields(
          dictionary.entries.map { entry in
            (entry.key.string ?? entry.key.integer.map(String.init) ?? "", Value(bus: entry.value))
          }))
    }
  }
}
