// SPDX-License-Identifier: Apache-2.0
// The policy and activation files, as files.

import Foundation
import FoundationXML
import TestSupport
import Testing

@Suite struct PolicyFileTests {
  private let policy = "DBusPolicy/org.vireo.Hub1.conf"

  @Test(.needs(.program("xmllint"))) func `the policy is valid by the DTD of bus configurations`() async throws {
    let result = try await runTool(
      "xmllint", "--noout", "--nonet", "--dtdvalid", "/usr/share/xml/dbus-1/busconfig.dtd", Repository.file(policy))
    // The DTD that dbus ships is older than the attributes of its own manual page, dbus-daemon(1).
    let known = ["own", "send_destination", "send_interface", "send_member", "receive_sender", "receive_type"]
    let complaints = result.errors.split(separator: "\n").filter { line in
      let attribute = line.firstMatch(of: /No declaration for attribute (\w+) of element (allow|deny)/)?.output.1
      return
        !(attribute.map { known.contains(String($0)) }
        ?? line.hasSuffix("does not validate against /usr/share/xml/dbus-1/busconfig.dtd"))
    }
    #expect(complaints.isEmpty)
    #expect(!result.errors.contains("parser error"))
  }

  @Test func `every rule names what it is about, and none is wider than that`() throws {
    let rules = try readRules()
    #expect(rules.count > 20)
    for rule in rules {
      let keys = Set(rule.keys)
      #expect(!keys.isDisjoint(with: ["own", "send_destination", "receive_sender"]), "\(rule)")
      #expect(keys.isDisjoint(with: ["eavesdrop", "at_console", "own_prefix", "log"]), "\(rule)")
      for key in ["own", "send_destination", "receive_sender"] where keys.contains(key) {
        #expect(rule[key] == "org.vireo.Hub1", "\(rule)")
      }
    }
    let text = try Repository.text(of: policy)
    #expect(!text.contains("<limit"))
    #expect(!text.contains("at_console="))
  }

  @Test func `every method that the policy names exists`() throws {
    for rule in try readRules() {
      guard let interface = rule["send_interface"], interface.hasPrefix("org.vireo"), let member = rule["send_member"]
      else { continue }
      let file = try InterfaceFile.named(interface)
      #expect(file.members(.method).contains { $0.name == member }, "\(interface).\(member)")
    }
  }

  @Test func `the activation file is named after the name that it activates`() throws {
    let lines = try Repository.text(of: "DBusPolicy/org.vireo.Hub1.service").split(separator: "\n")
    #expect(lines.contains("Name=org.vireo.Hub1"))
    #expect(lines.contains("SystemdService=vireod.service"))
  }

  @Test(.needs(.root, .mountNamespaces, .program("dbus-daemon")))
  func `a bus that reads the activation file can start the name`() async throws {
    let bus = try await TestBus(
      .daemon, BusConfiguration(policy: .everyone, serviceDirectory: Repository.file("DBusPolicy")))
    let names = try await bus.call(
      "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "ListActivatableNames")
    #expect(names.output.contains("\"org.vireo.Hub1\""))
  }

  /// The attributes of every `allow` and `deny`.
  private func readRules() throws -> [[String: String]] {
    let data = try Data(contentsOf: URL(fileURLWithPath: Repository.file(policy)))
    let reader = RuleReader()
    let parser = XMLParser(data: data)
    parser.delegate = reader
    #expect(parser.parse())
    return reader.rules
  }

  private final class RuleReader: NSObject, XMLParserDelegate {
    var rules: [[String: String]] = []

    func parser(
      _ parser: XMLParser, didStartElement element: String, namespaceURI: String?, qualifiedName: String?,
      attributes: [String: String]
    ) {
      if element == "allow" || element == "deny" { rules.append(attributes) }
    }
  }
}
