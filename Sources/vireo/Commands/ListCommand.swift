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
    let (what, subsystem) = (what, subsystem ?? "")
    let form = Listing.Form(names: names, json: json, noLegend: noLegend)
    Session.run(connection.over(parent.connection)) { session in
      let listing = try await what.listing(session.client, subsystem: subsystem)
      await session.output.write(listing.text(form, width: Terminal.outputWidth, style: Terminal.style()))
      return .success
    }
  }
}

extension ListCommand.What: ExpressibleByArgument {}

extension ListCommand.What {
  /// What there is of it, by name.
  fileprivate func listing(_ client: HubClient, subsystem: String) async throws(ToolError) -> Listing {
    let rows =
      switch self {
      case .vms: try await client.list("ListVMs")
      case .devices: try await client.list("ListDevices", [.text(subsystem)])
      case .links: try await client.list("ListLinks")
      case .sources: try await client.list("ListSources")
      }
    return Listing(
      columns: columns, more: ["path"], noun: noun,
      rows: rows.map { $0.cells + [$0.path] }.sorted { $0[0] < $1[0] })
  }

  private var columns: [String] {
    switch self {
    case .vms: ["name", "uuid", "state", "reason"]
    case .devices: ["name", "subsystem", "node"]
    case .links: ["name", "index", "kind", "state"]
    case .sources: ["name", "kind", "state"]
    }
  }

  private var noun: (one: String, many: String) {
    switch self {
    case .vms: ("VM", "VMs")
    case .devices: ("device", "devices")
    case .links: ("link", "links")
    case .sources: ("source", "sources")
    }
  }
}
