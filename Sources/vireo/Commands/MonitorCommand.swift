// SPDX-License-Identifier: Apache-2.0
// vireo monitor: what happens, as it happens.

import ArgumentParser
import VireoCommand

/// What happens, as it happens.
struct MonitorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "monitor", abstract: "Show what happens, as it happens.",
    discussion: """
      Nothing is missed: a restart of the hub or a terminal that stands still only delays the events. Where something \
      cannot be told any more, the gap is.
      """,
    aliases: ["watch"])

  @OptionGroup(title: "Which events") var selection: SelectionOptions
  @OptionGroup(title: "Which time") var range: RangeOptions
  @OptionGroup(title: "How they are shown") var printing: PrintOptions
  @OptionGroup(title: "When to end") var following: FollowOptions
  @OptionGroup(title: "Which hub") var connection: ConnectionOptions
  @ParentCommand var parent: Vireo

  @Option(
    name: [.customShort("n", allowingJoined: true), .customLong("lines")],
    help: ArgumentHelp("End after so many events.", valueName: "count"))
  var count: Int?

  func validate() throws {
    guard (count ?? 1) > 0 else { throw ValidationError("--lines is a whole number from 1") }
  }

  func run() throws {
    let plan = FollowPlan(
      selection: selection.value, range: range.value, printing: printing.value, reconnects: following.reconnect,
      timeLimit: try following.limit(), limit: count)
    Session.run(connection.over(parent.connection)) { session in try await plan.execute(session) }
  }
}
