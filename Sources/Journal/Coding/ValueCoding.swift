// SPDX-License-Identifier: Apache-2.0
// Values as bytes.

internal import EventModel

/// How values stand in the journal: one byte that tells the type, then the value.
///
/// The codes are part of the format of the journal: they are never given another meaning, whatever becomes of the
/// order of the cases in `Value`.
enum ValueCoding {
  /// How deep values may be nested; JSON from outside is refused at 128, so this is never met.
  static let depthLimit = 256

  private static let no: UInt8 = 0
  private static let yes: UInt8 = 1
  private static let signed: UInt8 = 2
  private static let unsigned: UInt8 = 3
  private static let double: UInt8 = 4
  private static let text: UInt8 = 5
  private static let list: UInt8 = 6
  private static let map: UInt8 = 7

  /// Writes named values.
  static func write(_ fields: Fields, to writer: inout ByteWriter, depth: Int = 0) throws(CodingError) {
    guard depth <= depthLimit else { throw .tooDeep }
    let entries = fields.entries
    writer.write(unsigned: UInt64(entries.count))
    for index in entries.indices {
      writer.write(text: entries[index].name)
      try write(entries[index].value, to: &writer, depth: depth)
    }
  }

  /// Writes a value.
  static func write(_ value: Value, to writer: inout ByteWriter, depth: Int = 0) throws(CodingError) {
    switch value {
    case .bool(let truth): writer.write(byte: truth ? yes : no)
    case .int(let number):
      writer.write(byte: signed)
      writer.write(signed: number)
    case .uint(let number):
      writer.write(byte: unsigned)
      writer.write(unsigned: number)
    case .double(let number):
      writer.write(byte: double)
      writer.write(fixed: number.bitPattern)
    case .string(let string):
      writer.write(byte: text)
      writer.write(text: string)
    case .list(let values):
      guard depth < depthLimit else { throw .tooDeep }
      writer.write(byte: list)
      writer.write(unsigned: UInt64(values.count))
      for value in values { try write(value, to: &writer, depth: depth + 1) }
    case .map(let fields):
      writer.write(byte: map)
      try write(fields, to: &writer, depth: depth + 1)
    }
  }

  /// Reads named values.
  static func fields(
    _ bytes: Span<UInt8>, _ reader: inout ByteReader, depth: Int = 0
  ) throws(CodingError) -> Fields {
    guard depth <= depthLimit else { throw .tooDeep }
    let count = try reader.count(bytes)
    var fields = Fields()
    fields.reserveCapacity(count)
    for _ in 0..<count {
      let name = try reader.text(bytes)
      fields.append(new: name, try value(bytes, &reader, depth: depth))
    }
    return fields
  }

  /// Reads a value.
  static func value(_ bytes: Span<UInt8>, _ reader: inout ByteReader, depth: Int = 0) throws(CodingError) -> Value {
    let code = try reader.byte(bytes)
    switch code {
    case no: return .bool(false)
    case yes: return .bool(true)
    case signed: return .int(try reader.signed(bytes))
    case unsigned: return .uint(try reader.unsigned(bytes))
    case double: return .double(Double(bitPattern: try reader.fixed(bytes)))
    case text: return .string(try reader.text(bytes))
    case list:
      guard depth < depthLimit else { throw .tooDeep }
      let count = try reader.count(bytes)
      var values: [Value] = []
      values.reserveCapacity(count)
      for _ in 0..<count { values.append(try value(bytes, &reader, depth: depth + 1)) }
      return .list(values)
    case map: return .map(try fields(bytes, &reader, depth: depth + 1))
    default: throw .unknownCode(code)
    }
  }
}
