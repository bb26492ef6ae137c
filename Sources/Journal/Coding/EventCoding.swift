// SPDX-License-Identifier: Apache-2.0
// Events and objects as the bytes of a row.

internal import EventModel

/// How an event stands in its row: sequence, kind and moment of recording in columns, everything else in one body.
enum EventCoding {
  /// The first byte of a body: which form it has.
  private static let form: UInt8 = 1
  /// The name of the field that holds the data as JSON text, when it is nested too deeply for the journal.
  static let flattened = "json"

  /// Writes the body of an event.
  static func write(_ event: Event, to writer: inout ByteWriter) {
    let start = writer.count
    writer.write(byte: form)
    writer.write(byte: Codes.code(event.severity))
    writer.write(byte: Codes.code(event.origin))
    writer.write(signed: event.time.microseconds &- event.recorded.microseconds)
    write(event.subject, to: &writer)
    write(event.source, to: &writer)
    writer.write(text: event.name)
    if let raw = event.raw {
      writer.write(byte: 1)
      writer.write(text: raw)
    } else {
      writer.write(byte: 0)
    }
    let mark = writer.count
    do throws(CodingError) {
      try ValueCoding.write(event.data, to: &writer)
    } catch {
      writer.cut(to: mark)
      writeFlattened(event.data, to: &writer)
    }
    let checksum = writer.withSpan(from: start) { Checksum.hash($0, seed: seed(event.sequence, event.recorded)) }
    writer.write(fixed: UInt32(truncatingIfNeeded: checksum))
  }

  /// Reads the event of a row.
  static func event(
    sequence: UInt64, kind: EventKind, recorded: Timestamp, body: Span<UInt8>
  ) throws(CodingError) -> Event {
    guard body.count > 4 else { throw .truncated }
    let end = body.count - 4
    let bytes = body.extracting(0..<end)
    let checksum = Checksum.hash(bytes, seed: seed(sequence, recorded))
    for index in 0..<4 where body[end + index] != UInt8(truncatingIfNeeded: checksum >> UInt64(index * 8)) {
      throw .checksum
    }
    var reader = ByteReader()
    let version = try reader.byte(bytes)
    guard version == form else { throw .unknownCode(version) }
    let severity = try Codes.severity(reader.byte(bytes))
    let origin = try Codes.origin(reader.byte(bytes))
    let time = Timestamp(microseconds: recorded.microseconds &+ (try reader.signed(bytes)))
    let subject = try subject(bytes, &reader)
    let source = try self.subject(bytes, &reader)
    let name = try reader.text(bytes)
    let raw = try reader.byte(bytes) == 0 ? nil : try reader.text(bytes)
    let data = try ValueCoding.fields(bytes, &reader)
    guard reader.isAtEnd(of: bytes) else { throw .excess }
    return Event(
      sequence: sequence, time: time, recorded: recorded, kind: kind, severity: severity, origin: origin,
      subject: subject, name: name, source: source, data: data, raw: raw)
  }

  /// Writes a subject as category and key; its object path follows from them.
  static func write(_ subject: Subject, to writer: inout ByteWriter) {
    writer.write(byte: Codes.code(subject.category))
    writer.write(text: subject.key)
  }

  /// Reads a subject.
  static func subject(_ bytes: Span<UInt8>, _ reader: inout ByteReader) throws(CodingError) -> Subject {
    let category = try Codes.category(reader.byte(bytes))
    let key = try reader.text(bytes)
    return category == .hub ? .hub : Subject(category, key)
  }

  /// Data nested deeper than any source may deliver is kept as text, so that one odd event cannot stop the journal.
  private static func writeFlattened(_ data: Fields, to writer: inout ByteWriter) {
    var json = JSONWriter()
    json.write(data)
    writer.write(unsigned: 1)
    writer.write(text: flattened)
    do throws(CodingError) { try ValueCoding.write(.string(json.text), to: &writer) } catch { assertionFailure() }
  }

  private static func seed(_ sequence: UInt64, _ recorded: Timestamp) -> UInt64 {
    sequence &* 0x9E37_79B9_7F4A_7C15 ^ UInt64(bitPattern: recorded.microseconds)
  }
}

/// How an object of the registry stands in its row: the properties that differ from their initial values, by name.
enum ObjectCoding {
  private static let form: UInt8 = 1

  /// Writes the body of an object.
  static func write(_ object: HubObject, to writer: inout ByteWriter) {
    writer.write(byte: form)
    EventCoding.write(object.subject, to: &writer)
    object.forEachStated { name, value in
      let mark = writer.count
      writer.write(text: name.rawValue)
      // A property nested too deeply is left out: its source says it again.
      do throws(CodingError) { try ValueCoding.write(value, to: &writer) } catch { writer.cut(to: mark) }
    }
  }

  /// Reads an object; properties that this version does not know are left out.
  static func object(_ bytes: Span<UInt8>) throws(CodingError) -> HubObject {
    var reader = ByteReader()
    let version = try reader.byte(bytes)
    guard version == form else { throw .unknownCode(version) }
    var object = HubObject(try EventCoding.subject(bytes, &reader))
    while !reader.isAtEnd(of: bytes) {
      let name = try reader.text(bytes)
      let value = try ValueCoding.value(bytes, &reader)
      guard let property = PropertyName(rawValue: name), object[property] != nil else { continue }
      object.set(property, value)
    }
    return object
  }
}
