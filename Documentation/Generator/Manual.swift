// SPDX-License-Identifier: Apache-2.0
// Writes the manual pages: prose from templates, facts from the lists that the programs themselves are made of.

import Foundation

/// Writes the manual pages.
///
/// `manual TEMPLATES INTERFACES PROGRAMS OUTPUT`: a template `NAME.in` becomes the page `NAME`. A line `@FACTS@` of it is
/// replaced by what is generated: options from the programs' own descriptions, settings, kinds and their data from the lists
/// in the sources, the bus interfaces from their reviewed XML.
@main
enum Manual {
  static func main() {
    do {
      let arguments = CommandLine.arguments.dropFirst().map { URL(filePath: $0) }
      guard arguments.count == 4 else {
        throw ManualError("usage: manual TEMPLATES INTERFACES PROGRAMS OUTPUT")
      }
      try write(templates: arguments[0], interfaces: arguments[1], programs: arguments[2], to: arguments[3])
    } catch {
      FileHandle.standardError.write(Data("manual: \(error)\n".utf8))
      exit(1)
    }
  }

  private static func write(templates: URL, interfaces: URL, programs: URL, to output: URL) throws {
    let vireo = try CommandDescription(of: "vireo", in: programs)
    let vireod = try CommandDescription(of: "vireod", in: programs)
    let facts: [(page: String, facts: [String: String])] = [
      ("vireo.1", ["COMMANDS": CommandPage.commands(vireo), "OPTIONS": CommandPage.sharedOptions(vireo)]),
      ("vireod.8", ["OPTIONS": CommandPage.options(vireod.arguments)]),
      ("vireo.yaml.5", ["SETTINGS": SettingsPage.text]),
      ("org.vireo.Hub1.5", ["INTERFACES": try InterfacePage.text(of: interfaces)]),
      (
        "vireo.events.7", ["KINDS": EventsPage.kinds, "SEVERITIES": EventsPage.severities, "STATES": EventsPage.states]
      ),
      ("vireo.metrics.7", ["METRICS": MetricsPage.metrics]),
    ]
    try FileManager.default.createDirectory(at: output, withIntermediateDirectories: true)
    for (page, facts) in facts {
      let template = try String(contentsOf: templates.appending(path: page + ".in"), encoding: .utf8)
      let text = try fill(template, page, facts.merging(["VERSION": Roff.text(vireo.version)]) { old, _ in old })
      try Data(text.utf8).write(to: output.appending(path: page))
    }
  }

  /// The template with its marks replaced; every fact has its place and every mark its fact.
  private static func fill(_ template: String, _ page: String, _ facts: [String: String]) throws -> String {
    var text = template
    for (name, fact) in facts {
      let mark = "@\(name)@"
      guard text.contains(mark) else { throw ManualError("\(page).in has no place for \(mark)") }
      text = text.replacingOccurrences(of: mark, with: fact.hasSuffix("\n") ? String(fact.dropLast()) : fact)
    }
    if let left = text.firstMatch(of: /@[A-Z]+@/) { throw ManualError("\(page).in asks for \(left.output)") }
    return text
  }
}

/// Why the pages cannot be written.
struct ManualError: Error, CustomStringConvertible {
  let description: String

  init(_ text: String) { description = text }
}
