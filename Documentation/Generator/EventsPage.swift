// SPDX-License-Identifier: Apache-2.0
// The kinds of event with their data, from the one list of kinds.

import EventModel

/// The kinds of event with their data, from the one list of kinds.
enum EventsPage {
  /// What the first words of the names stand for.
  private static let stems: [(stem: String, title: String)] = [
    ("hub", "The hub"), ("source", "Sources"), ("vm", "Virtual machines"), ("device", "Devices of the host"),
    ("link", "Network links"), ("address", "Addresses of links"), ("neighbour", "Neighbours of bridges"),
    ("host", "The host"),
  ]

  static var kinds: String {
    let groups = Dictionary(grouping: EventKind.allCases) { String($0.rawValue.prefix { $0 != "." }) }
    let known = stems.filter { groups[$0.stem] != nil }
    let unnamed = groups.keys.filter { stem in !stems.contains { $0.stem == stem } }.sorted().map { ($0, $0) }
    return (known + unnamed).map { stem, title in
      ".SS \(title)\n" + (groups[stem] ?? []).map(item).joined()
    }.joined()
  }

  private static func item(_ kind: EventKind) -> String {
    let definition = kind.definition
    let severities = [definition.severity.name] + kind.exceptions.map { "\($0.severity.name) where \($0.condition)" }
    var body = "\(Roff.prose(definition.meaning))\n\(Roff.prose("Severity \(severities.joined(separator: "; "))."))"
    if !definition.fields.isEmpty {
      body += "\n.RS\n"
      for field in definition.fields {
        body += Roff.item(
          "\(Roff.bold(field.name)) (\(field.type.rawValue))",
          Roff.prose(field.meaning.prefix(1).uppercased() + field.meaning.dropFirst()) + ".")
      }
      body += ".RE"
    }
    return Roff.item(Roff.bold(kind.rawValue), body)
  }

  static var severities: String {
    Severity.allCases.map { Roff.bold($0.name) }.joined(separator: ", ")
  }

  static var states: String {
    VMState.allCases.map { state in
      let meaning =
        state == .stopped ? EventKind.vmStopped.definition.meaning : EventKind(state: state).definition.meaning
      return Roff.item(Roff.bold(state.rawValue), Roff.prose(meaning))
    }.joined()
  }
}
