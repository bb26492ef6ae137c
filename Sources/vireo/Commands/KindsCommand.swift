// SPDX-License-Identifier: Apache-2.0
// vireo kinds: what can happen.

import ArgumentParser
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
    let (patterns, form) = (patterns, Listing.Form(names: names, json: json, noLegend: noLegend))
    Session.run(connection.over(parent.connection)) { session in
      let globs = patterns.map(Glob.init)
      let kinds = try await session.client.kinds().filter { kind in
        globs.isEmpty || globs.contains { $0.matches(kind[0]) }
      }
      guard !kinds.isEmpty else {
        throw ToolError("no kind of event matches '\(SafeText.printable(patterns.joined(separator: " ")))'")
      }
      let listing = Listing(columns: ["kind", "severity", "meaning"], noun: ("kind", "kinds"), rows: kinds)
      await session.output.write(listing.text(form, width: Terminal.outputWidth, style: Terminal.style()))
      return .success
    }
  }
}
