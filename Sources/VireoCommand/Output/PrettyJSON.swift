// SPDX-License-Identifier: Apache-2.0
// JSON over several lines.

public import EventModel

/// JSON over several lines, for people who read JSON.
public enum PrettyJSON {
  /// An event with its keys in the order of the hub's own form.
  static func text(of event: EventRecord) -> String {
    var fields = Fields()
    if let instance = event.instance { fields["instance"] = .string(instance.description) }
    fields["sequence"] = .uint(event.sequence)
    fields["time"] = .string(event.time.rfc3339)
    fields["recorded"] = .string(event.recorded.rfc3339)
    fields["kind"] = .string(event.kind)
    fields["severity"] = .string(event.severity.name)
    fields["origin"] = .string(event.origin)
    fields["subject"] = .string(event.subject)
    fields["name"] = .string(event.name)
    fields["source"] = .string(event.source)
    fields["data"] = .map(event.data)
    if let raw = event.raw { fields["raw"] = .string(raw) }
    return text(.map(fields))
  }

  /// A value over several lines.
  public static func text(_ value: Value) -> String {
    var lines = ""
    append(value, indent: 0, to: &lines)
    return SafeText.printableLines(json: lines)
  }

  /// A value on one line.
  public static func line(_ value: Value) -> String {
    var writer = JSONWriter()
    writer.write(value)
    return SafeText.printable(json: writer.text)
  }

  private static func append(_ value: Value, indent: Int, to text: inout String) {
    let margin = String(repeating: "  ", count: indent + 1)
    let end = String(repeating: "  ", count: indent)
    switch value {
    case .list(let values) where !values.isEmpty:
      text += "[\n"
      for (place, element) in values.enumerated() {
        text += margin
        append(element, indent: indent + 1, to: &text)
        text += place < values.count - 1 ? ",\n" : "\n"
      }
      text += end + "]"
    case .map(let fields) where !fields.isEmpty:
      text += "{\n"
      for (place, entry) in fields.enumerated() {
        text += margin + single(.string(entry.name)) + ": "
        append(entry.value, indent: indent + 1, to: &text)
        text += place < fields.count - 1 ? ",\n" : "\n"
      }
      text += end + "}"
    default: text += single(value)
    }
  }

  private static func single(_ value: Value) -> String {
    var writer = JSONWriter()
    writer.write(value)
    return writer.text
  }
}

extension SafeText {
  /// JSON over several lines, whose line ends stay.
  static func printableLines(json text: String) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false).map { printable(json: String($0)) }
      .joined(separator: "\n")
  }
}
