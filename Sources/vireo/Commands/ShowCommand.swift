// SPDX-License-Identifier: Apache-2.0
// vireo show: what is known about one object.

import ArgumentParser
import DBusTypes
import EventModel
import VireoCommand

/// What is known about one object.
struct ShowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Show what is known about a VM, link, device or source.")

  @Argument(
    help: ArgumentHelp(
      "A name, UUID, index or object path; vm/NAME, link/NAME … where a name is not clear.", valueName: "object"),
    completion: .shellCommand("vireo list vms --names 2>/dev/null"))
  var object: String

  @Option(
    name: [.customShort("p", allowingJoined: true), .long],
    help: ArgumentHelp("This property only. May be given several times.", valueName: "name"))
  var property: [String] = []

  @Option(
    name: [.customShort("P", allowingJoined: true), .customLong("value-of")],
    help: ArgumentHelp("The value of this property only, without its name.", valueName: "name"))
  var valueOf: [String] = []

  @Flag(help: "Values without their names.")
  var value = false

  @Flag(name: .shortAndLong, help: "Also what is empty.")
  var all = false

  @Flag(name: [.customShort("j"), .long], help: "JSON, one object on a line.")
  var json = false

  @Flag(help: "Times in UTC instead of local time.")
  var utc = false

  @OptionGroup(title: "Which hub") var connection: ConnectionOptions
  @ParentCommand var parent: Vireo

  func run() throws {
    let plan = ShowPlan(
      object: object, wanted: property + valueOf, valueOnly: value || !valueOf.isEmpty, all: all, json: json,
      zone: utc ? .utc : .local)
    Session.run(connection.over(parent.connection)) { session in try await plan.execute(session) }
  }
}

/// What `show` does.
struct ShowPlan: Sendable {
  let object: String
  let wanted: [String]
  let valueOnly: Bool
  let all: Bool
  let json: Bool
  let zone: ZoneRules

  func execute(_ session: isolated Session) async throws -> EndStatus {
    let found = try await session.client.object(object)
    var properties = try await session.client.properties(of: found.path, found.interface)
    if !wanted.isEmpty {
      let known = Dictionary(properties.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
      properties = try wanted.map { name throws(ToolError) in
        guard let property = known[name] else {
          throw ToolError("\(found.category.rawValue) objects have no property '\(SafeText.printable(name))'")
        }
        return property
      }
    }
    await session.output.write(text(properties))
    return .success
  }

  private func text(_ properties: [(name: String, value: Value)]) -> String {
    if json { return PrettyJSON.line(.map(Fields(properties.map { ($0.name, $0.value) }))) + "\n" }
    let shown = properties.filter { all || !wanted.isEmpty || !DataText.isEmpty($0.value) }
    return shown.map { property in
      let text = PropertyText.text(property.value, of: property.name, zone: zone)
      return (valueOnly ? text : "\(SafeText.printable(property.name))=\(text)") + "\n"
    }.joined()
  }
}
