// SPDX-License-Identifier: Apache-2.0
// Everything about an event, one fact on a line.

internal import EventModel

/// Everything about an event, one fact on a line.
enum VerboseText {
  static func text(of event: EventRecord, zone: ZoneRules, style: Style) -> String {
    var lines: [String] = []
    let cursor = event.cursor?.description ?? String(event.sequence)
    lines.append(style.paint("\(TimeFormat.full(event.time, in: zone)) [\(cursor)]", .bold))
    func fact(_ name: String, _ text: String) {
      lines.append("    \(SafeText.printable(name))=\(text)")
    }
    fact("kind", SafeText.printable(event.kind))
    fact("severity", style.paint(event.severity.name, Style.look(of: event.severity)))
    fact("origin", SafeText.printable(event.origin))
    fact("name", SafeText.printable(event.name))
    fact("subject", SafeText.printable(event.subject))
    fact("source", SafeText.printable(event.source))
    fact("recorded", TimeFormat.full(event.recorded, in: zone))
    for entry in event.data {
      if let list = entry.value.list, !list.isEmpty {
        for element in list { fact("data." + entry.name, DataText.plain(element)) }
      } else if let fields = entry.value.map {
        for field in fields { fact("data.\(entry.name).\(field.name)", DataText.plain(field.value)) }
      } else {
        fact("data." + entry.name, DataText.plain(entry.value))
      }
    }
    if let raw = event.raw { fact("raw", SafeText.printable(raw)) }
    return lines.joined(separator: "\n") + "\n"
  }
}
