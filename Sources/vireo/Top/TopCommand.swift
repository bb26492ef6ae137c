// SPDX-License-Identifier: Apache-2.0
// vireo top: the host on a screen that lives.

import ArgumentParser
import VireoCommand

/// The host on a screen that lives.
struct TopCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "top", abstract: "Show VMs, sources and events on a screen that lives.",
    discussion: "q ends it; arrows, Page Up, Page Down, Home and End scroll the VMs; Ctrl-L draws anew.")

  @Flag(help: "Times in UTC instead of local time.")
  var utc = false

  @OptionGroup(title: "Which hub") var connection: ConnectionOptions
  @ParentCommand var parent: Vireo

  func run() throws {
    guard Terminal.isOutput, Terminal.isInput else { throw ToolError("top needs a terminal; try vireo status") }
    let zone = utc ? ZoneRules.utc : .local
    Session.run(connection.over(parent.connection), signals: TopSession.jobControl) { session in
      let top = TopSession(session, zone: zone)
      try await top.run(session)
      return .success
    }
  }
}
