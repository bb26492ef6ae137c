// SPDX-License-Identifier: Apache-2.0
// vireo log: what has happened.

import ArgumentParser
import VireoCommand

/// What has happened; with `--follow` what happens from then on, with no gap between.
struct LogCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "log", abstract: "Show what has happened.",
    discussion: """
      With --follow it goes on with what happens, and nothing is missed in between. With --reverse the newest comes first: \
      the history is read from its end.
      """)

  @OptionGroup(title: "Which events") var selection: SelectionOptions
  @OptionGroup(title: "Which time") var range: RangeOptions
  @OptionGroup(title: "How they are shown") var printing: PrintOptions
  @OptionGroup(title: "Which hub") var connection: ConnectionOptions
  @ParentCommand var parent: Vireo

  @Flag(name: .shortAndLong, help: "Go on with what happens.")
  var follow = false

  @Option(
    name: [.customShort("n", allowingJoined: true), .customLong("lines")],
    help: ArgumentHelp("Only the last events.", valueName: "count"))
  var count: Int?

  @Flag(name: .shortAndLong, help: "The newest first; not with --follow.")
  var reverse = false

  @OptionGroup(title: "When to end") var following: FollowOptions

  func validate() throws {
    guard (count ?? 0) >= 0 else { throw ValidationError("--lines is a whole number from 0") }
    guard !follow || !reverse else { throw ValidationError("--reverse begins at the end, and --follow has none") }
  }

  func run() throws {
    let plan = FollowPlan(
      selection: selection.value, range: range.value, printing: printing.value, reconnects: following.reconnect,
      timeLimit: try following.limit(), startsNow: false, last: count, lastWithoutBeginning: follow ? 10 : nil,
      isReversed: reverse, follows: follow)
    Session.run(connection.over(parent.connection)) { session in try await plan.execute(session) }
  }
}
