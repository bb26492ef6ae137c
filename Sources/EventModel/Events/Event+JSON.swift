// SPDX-License-Identifier: Apache-2.0
// The JSON form of an event.

extension Event {
  /// The event as one JSON object on one line, without the line's end.
  ///
  /// Keys, always in this order: `instance`, `sequence`, `time`, `recorded` (RFC 3339, UTC, microseconds), `kind`,
  /// `severity`, `origin`, `subject` (object path), `name`, `source` (object path), `data`, and `raw` where the source
  /// gave text.
  public func write(to writer: inout JSONWriter, instance: InstanceID) {
    writer.write(verbatim: #"{"instance":"#)
    writer.write(instance.description)
    writer.write(verbatim: #","sequence":"#)
    writer.write(.uint(sequence))
    writer.write(verbatim: #","time":"#)
    writer.write(time.rfc3339)
    writer.write(verbatim: #","recorded":"#)
    writer.write(recorded.rfc3339)
    writer.write(verbatim: #","kind":"#)
    writer.write(kind.rawValue)
    writer.write(verbatim: #","severity":"#)
    writer.write(severity.name)
    writer.write(verbatim: #","origin":"#)
    writer.write(origin.rawValue)
    writer.write(verbatim: #","subject":"#)
    writer.write(subject.objectPath)
    writer.write(verbatim: #","name":"#)
    writer.write(name)
    writer.write(verbatim: #","source":"#)
    writer.write(source.objectPath)
    writer.write(verbatim: #","data":"#)
    writer.write(data)
    if let raw {
      writer.write(verbatim: #","raw":"#)
      writer.write(raw)
    }
    writer.write(verbatim: "}")
  }

  /// The event as one JSON object on one line.
  public func json(instance: InstanceID) -> String {
    var writer = JSONWriter()
    write(to: &writer, instance: instance)
    return writer.text
  }
}
