// SPDX-License-Identifier: Apache-2.0
// vireo why: the story of a machine's last stop.

import ArgumentParser
import DBusTypes
import EventModel
import VireoCommand

/// The story of a machine's last stop, with its evidence.
struct WhyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "why", abstract: "Tell why a VM stopped, with the evidence.",
    discussion: """
      It tells of the last end of the VM's process, or, while the VM stands still, why it does. Of a VM that runs again it \
      says so first. A VM that the hub has forgotten is found in its journal by name.
      """)

  @Argument(
    help: ArgumentHelp("The VM, by name, UUID or process ID.", valueName: "vm"),
    completion: .shellCommand("vireo list vms --names 2>/dev/null"))
  var machine: String

  @Flag(help: "Times in UTC instead of local time.")
  var utc = false

  @OptionGroup(title: "Which hub") var connection: ConnectionOptions
  @ParentCommand var parent: Vireo

  func run() throws {
    let (machine, zone) = (machine, utc ? ZoneRules.utc : .local)
    Session.run(connection.over(parent.connection)) { session in
      let style = Terminal.style()
      let story = try await WhyCommand.story(of: machine, session.client, zone, style)
      await session.output.write(story.lines.map { $0 + "\n" }.joined())
      return .success
    }
  }

  /// How many of the machine's events the story is made from.
  private static let eventLimit = 2000

  private static func story(
    of machine: String, _ client: HubClient, _ zone: ZoneRules, _ style: Style
  ) async throws(ToolError) -> StopStory {
    var query = EventQuery(position: try await client.position())
    query.after = max(query.position.oldest, 1) - 1
    var facts = MachineFacts(name: machine, state: "", reason: "", since: nil)
    if let path = try await client.machine(machine) {
      query.subject = path.rawValue
      let all = Fields(try await client.properties(of: path, "org.vireo.Hub1.VM").map { ($0.name, $0.value) })
      facts.name = all["Name"]?.string.flatMap { $0.isEmpty ? nil : $0 } ?? machine
      facts.state = all["State"]?.string ?? ""
      facts.reason = all["Reason"]?.string ?? ""
      facts.since = all["StateSince"]?.int.flatMap { $0 > 0 ? Timestamp(microseconds: $0) : nil }
    } else {
      query.kinds = ["vm.*"]
      query.filter.machines = [Glob(machine)]
    }
    let events = try await HistoryTail(client: client, query: query).last(eventLimit)
    guard !events.isEmpty || !facts.state.isEmpty else {
      throw ToolError(
        "the hub knows no VM '\(SafeText.printable(machine))', and its journal has none", cause: .noSuchObject)
    }
    return StopStory(of: facts, events: events, now: .now(), zone: zone, style: style)
  }
}
