// SPDX-License-Identifier: Apache-2.0
// Replies as bytes.

internal import EventModel
internal import Hub

/// Writes replies: one JSON object each, with a NUL behind it.
enum VarlinkReply {
  /// A reply with those parameters; `continues` says that more replies to the same call follow.
  static func bytes(_ parameters: Fields, continues: Bool = false) -> [UInt8] {
    bytes(continues: continues) { $0.write(parameters) }
  }

  /// An error.
  static func bytes(_ error: VarlinkError) -> [UInt8] {
    var writer = JSONWriter()
    writer.write(verbatim: #"{"error":"#)
    writer.write(error.name)
    writer.write(verbatim: #","parameters":"#)
    writer.write(error.parameters)
    writer.write(verbatim: "}\0")
    return writer.bytes
  }

  /// A reply whose parameters are written by the caller, as one JSON object.
  static func bytes(continues: Bool = false, _ write: (inout JSONWriter) -> Void) -> [UInt8] {
    var writer = JSONWriter()
    writer.write(verbatim: #"{"parameters":"#)
    write(&writer)
    if continues { writer.write(verbatim: #","continues":true"#) }
    writer.write(verbatim: "}\0")
    return writer.bytes
  }
}

extension JSONWriter {
  /// Writes events as an array, as many as begin within so many bytes, and returns how many those are.
  @discardableResult
  mutating func write(_ events: [Event], instance: InstanceID, within limit: Int = .max) -> Int {
    write(verbatim: "[")
    var count = 0
    for event in events {
      guard bytes.count < limit else { break }
      if count > 0 { write(verbatim: ",") }
      event.write(to: &self, instance: instance)
      count += 1
    }
    write(verbatim: "]")
    return count
  }

  /// Writes objects of the registry as an array.
  mutating func write(_ objects: some Sequence<HubObject>) {
    write(verbatim: "[")
    for (index, object) in objects.enumerated() {
      if index > 0 { write(verbatim: ",") }
      let fields: Fields = [
        "path": .string(object.subject.objectPath), "category": .string(object.subject.category.rawValue),
        "name": .string(object.name), "state": .string(object.state),
        "properties": .map(Fields(object.properties.map { ($0.definition.name.rawValue, $0.value) })),
      ]
      write(fields)
    }
    write(verbatim: "]")
  }
}
