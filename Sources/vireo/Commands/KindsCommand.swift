// SPDX-License-Identifier: Apache-2.0
// vireo kinds: what can happen.

import ArgumentParser
import EventModel
import VireoCommand

/// What can happen: the kinds of event that the hub knows.
struct KindsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "kinds", abstract: "List the kinds of event.",
    discussion: "vireo.events(7) describes each with its data.")

  @Argument(help: ArgumentHelp("Kinds that match only, with * and ?.", valueName: "pattern"))
  var patterns: [String] = []

  @Flag(help: "No heading and no count.")
  var noLegend = false

  @Flag(help: "Names only, one on a line.")
  var names = false

  @Flag(name: [.customShort("j"), .long], help: "JSON, one object on a line.")
  var json = false

  @OptionGroup(title: "Which hub") var connection: ConnectionOptions
  @ParentCommand var parent: Vireo

  func run() throws {
    let (patterns, names, json, hasLegend) = (patterns, names, json, !noLegend)
    Session.run(connection.over(parent.connection)) { session in
      let globs = patterns.map(Glob.init)
      let kinds = try await session.client.kinds().filter { kind in
        globs.isEmpty || globs.contains { $0.matches(kind[0]) }
      }
      guard !kinds.isEmpty else {
        throw ToolError("no kind of event matches '\(SafeText.printable(patterns.joined(separator: " ")))'")
      }
      if names {
        await session.output.write(kinds.map { SafeText.printable($0[0]) + "\n" }.joined())
      } else if json {
        let lines = kinds.map { kind in
          PrettyJSON.line(
            ["kind": .string(kind[0]), "severity": .string(kind[1]), "meaning": .string(kind[2])]) + "\n"
        }
        await session.output.write(lines.joined())
      } else {
        await session.output.write(KindsCommand.table(kinds, hasLegend: hasLegend))
      }
      return .success
    }
  }

  private static func table(_ kinds: [[String]], hasLegend: Bool) -> String {
    var table = Table(["KIND", "SEVERITY", "MEANING"])
    for kind in kinds {
      table.add([
        Table.Cell(kind[0]), Table.Cell(kind[1], Severity(name: kind[1]).map(Style.look(of:)) ?? .plain),
        Table.Cell(kind[2]),
      ])
    }
    let style = Terminal.style()
    let width = Terminal.isOutput ? Terminal.size()?.columns : nil
    return table.text(width: width, style: style, legend: hasLegend ? "\(kinds.count) kinds." : nil)
  }
}
