// SPDX-License-Identifier: Apache-2.0
// vireo: the command line of the hub.

import ArgumentParser
import EventModel
import VireoCommand

/// The command line of the hub; vireo(1).
@main
struct Vireo: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "vireo", abstract: "Ask the event hub of a virtualization host, and watch it.",
    discussion: """
      Exit status: 0 success, 1 failure, 3 the time was over first, 64 wrong command line.
      """,
    version: Release.version,
    subcommands: [
      MonitorCommand.self, LogCommand.self, WaitCommand.self, TopCommand.self, ListCommand.self, ShowCommand.self,
      StatusCommand.self,
      WhyCommand.self, KindsCommand.self, MetricsCommand.self, CheckConfigCommand.self, CompletionCommand.self,
    ])

  @OptionGroup(title: "Which hub") var connection: ConnectionOptions

  /// Runs a command line; what goes wrong is told in one form, with the exit status that scripts rely on.
  static func main() {
    do {
      let arguments = ArgumentClusters.expand(Array(CommandLine.arguments.dropFirst()), flags: "abfjlqr")
      var command = try parseAsRoot(arguments)
      try command.run()
    } catch let error as ToolError {
      Terminal.complain("vireo: \(error)")
      Terminal.exit(error.status.rawValue)
    } catch {
      exit(withError: error)
    }
  }
}
