// SPDX-License-Identifier: Apache-2.0
// vireo list: what there is.

import ArgumentParser
import DBusTypes
import EventModel
import VireoCommand

/// What there is: machines, devices, links or sources.
struct ListCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List VMs, devices, links or sources.", aliases: ["ls"])

  /// What can be listed.
  enum What: String, CaseIterable, Sendable {
    case vms
    case devices
    case links
    case sources
  }

  @Argument(help: ArgumentHelp("vms, devices, links or sources.", valueName: "what"))
  var what: What = .vms

  @Option(
    name: [.customShort("s", allowingJoined: true), .long],
    help: ArgumentHelp("Devices of this subsystem only.", valueName: "subsystem"))
  var subsystem: String?

  @Flag(help: "No heading and no count.")
  var noLegend = false

  @Flag(help: "Names only, one on a line.")
  var names = false

  @Flag(name: [.customShort("j"), .long], help: "JSON, one object on a line.")
  var json = false

  @OptionGroup(title: "Which hub") var connection: ConnectionOptions
  @ParentCommand var parent: Vireo

  func run() throws {
    let plan = ListPlan(what: what, subsystem: subsystem ?? "", hasLegend: !noLegend, namesOnly: names, json: json)
    Session.run(connection.over(parent.connection)) { session in try await plan.execute(session) }
  }
}

extension ListCommand.What: ExpressibleByArgument {}

/// What `list` does.
struct ListPlan: Sendable {
  let what: ListCommand.What
  let subsystem: String
  let hasLegend: Bool
  let namesOnly: Bool
  let json: Bool

  func execute(_ session: isolated Session) async throws -> EndStatus {
    let keys = keys
    let rows = try await rows(session.client, keys)
    if namesOnly {
      let lines = rows.map { SafeText.printable($0.cells[0]) + "\n" }
      await session.output.write(lines.joined())
    } else if json {
      let lines = rows.map { row in
        PrettyJSON.line(.map(Fields(zip(keys + ["path"], (row.cells + [row.path]).map(Value.string))))) + "\n"
      }
      await session.output.write(lines.joined())
    } else {
      await session.output.write(table(rows, keys))
    }
    return .success
  }

  private func rows(_ client: HubClient, _ keys: [String]) async throws(ToolError) -> [ListedObject] {
    let rows =
      switch what {
      case .vms: try await client.list("ListVMs")
      case .devices: try await client.list("ListDevices", [.text(subsystem)])
      case .links: try await client.list("ListLinks")
      case .sources: try await client.list("ListSources")
      }
    return rows.filter { $0.cells.count == keys.count }.sorted { $0.cells[0] < $1.cells[0] }
  }

  private var keys: [String] {
    switch what {
    case .vms: ["name", "uuid", "state", "reason"]
    case .devices: ["name", "subsystem", "node"]
    case .links: ["name", "index", "kind", "state"]
    case .sources: ["name", "kind", "state"]
    }
  }

  private func table(_ rows: [ListedObject], _ keys: [String]) -> String {
    guard !rows.isEmpty else { return hasLegend ? "No \(noun).\n" : "" }
    var table = Table(keys.map { $0.uppercased() })
    for row in rows {
      table.add(
        zip(keys, row.cells).map { key, text in
          Table.Cell(text.isEmpty ? "-" : text, key == "state" ? Style.look(ofState: text) : .plain)
        })
    }
    let style = Terminal.style()
    let width = Terminal.isOutput ? Terminal.size()?.columns : nil
    let legend = rows.count == 1 ? "1 \(noun.dropLast())." : "\(rows.count) \(noun)."
    return table.text(width: width, style: style, legend: hasLegend ? legend : nil)
  }

  private var noun: String { what == .vms ? "VMs" : what.rawValue }
}
