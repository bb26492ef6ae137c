// SPDX-License-Identifier: Apache-2.0
// vireo status: how the hub is doing, on one screen.

import ArgumentParser
import DBusTypes
import EventModel
import VireoCommand

/// How the hub is doing, on one screen.
struct StatusCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: "Show how the hub is doing, on one screen.",
    discussion: "Exit status: 0 every source delivers events, 1 one of them does not.")

  @Option(
    name: [.customShort("n", allowingJoined: true), .customLong("lines")],
    help: ArgumentHelp("How many of the last warnings and errors to show.", valueName: "count"))
  var count = 5

  @Flag(help: "Times in UTC instead of local time.")
  var utc = false

  @OptionGroup(title: "Which hub") var connection: ConnectionOptions
  @ParentCommand var parent: Vireo

  func run() throws {
    let (zone, count) = (utc ? ZoneRules.utc : .local, max(0, count))
    Session.run(connection.over(parent.connection)) { session in
      let status = try await StatusCommand.gather(session.client, trouble: count)
      let style = Terminal.style()
      let width = Terminal.outputWidth
      let lines = status.lines(
        now: .now(), zone: zone, style: style, width: min(width ?? .max, EventRenderer.standardWidth))
      await session.output.write(lines.map { $0 + "\n" }.joined())
      return status.isHealthy ? .success : .failure
    }
  }

  private static func gather(_ client: HubClient, trouble count: Int) async throws(ToolError) -> HubStatus {
    let all = Fields(try await client.properties(of: HubClient.root, HubClient.manager).map { ($0.name, $0.value) })
    var status = HubStatus()
    status.version = all["Version"]?.string ?? ""
    status.host = all["Hostname"]?.string ?? ""
    status.instance = all["InstanceID"]?.string ?? ""
    status.head = all["Head"]?.uint ?? 0
    status.oldest = all["Oldest"]?.uint ?? 0
    status.machines = try await client.list("ListVMs").map {
      HubStatus.Item(name: $0.cells[0], kind: "", state: $0.cells[2])
    }
    status.devices = try await client.list("ListDevices", [.text("")]).count
    status.links = try await client.list("ListLinks").count
    status.sources = try await client.list("ListSources").map {
      HubStatus.Item(name: $0.cells[0], kind: $0.cells[1], state: $0.cells[2])
    }
    let position = HubPosition(
      instance: InstanceID(status.instance), head: status.head, oldest: max(status.oldest, 1))
    status.oldestTime = try await first(client, position)?.recorded
    var history = EventQuery(position: position)
    history.after = position.oldest - 1
    var beginnings = history
    beginnings.kinds = [EventKind.hubStarted.rawValue]
    status.started = try await HistoryTail(client: client, query: beginnings).last(1).last?.time
    if count > 0, let severe = SeverityRange("warning") {
      history.filter.severities = severe
      try await history.resolveKinds([], client)
      status.trouble = try await HistoryTail(client: client, query: history).last(count)
    }
    return status
  }

  private static func first(_ client: HubClient, _ position: HubPosition) async throws(ToolError) -> EventRecord? {
    var query = EventQuery(position: position)
    query.after = position.oldest - 1
    var reader = try EventReader(client: client, query: query)
    return try await reader.next(limit: 1).events.first
  }
}
