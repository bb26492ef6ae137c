// SPDX-License-Identifier: Apache-2.0
// The bus interfaces, from their reviewed XML.

import Foundation
import FoundationXML

/// The bus interfaces, from their reviewed XML.
enum InterfacePage {
  /// The order in which the interfaces are told; the rest follows by name.
  private static let order = ["Manager", "VM", "Device", "Link", "Source", "Subscription"]

  static func text(of folder: URL) throws -> String {
    let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
      .filter { $0.pathExtension == "xml" }
    let interfaces = try files.map { file in
      let document = try XMLDocument(contentsOf: file)
      guard let interface = document.rootElement()?.elements(forName: "interface").first else {
        throw ManualError("\(file.lastPathComponent) has no interface")
      }
      return interface
    }
    return interfaces.sorted { rank($0) < rank($1) }.map(section).joined()
  }

  private static func rank(_ interface: XMLElement) -> (Int, String) {
    let last = interface.name(after: ".")
    return (order.firstIndex(of: last) ?? order.count, last)
  }

  private static func section(_ interface: XMLElement) -> String {
    var text = ".SS \(Roff.text(interface.attributeText("name")))\n\(Roff.prose(interface.documentation))\n"
    for (kind, title) in [("method", "Methods"), ("signal", "Signals"), ("property", "Properties")] {
      let members = interface.elements(forName: kind)
      guard !members.isEmpty else { continue }
      text += ".PP\n\(title):\n.RS\n"
      for member in members { text += kind == "property" ? property(member) : callable(member) }
      text += ".RE\n"
    }
    return text
  }

  private static func callable(_ member: XMLElement) -> String {
    let arguments = member.elements(forName: "arg")
    func list(_ direction: String) -> String {
      arguments.filter { ($0.attributeText("direction").isEmpty ? "in" : $0.attributeText("direction")) == direction }
        .map { "\(Roff.bold($0.attributeText("type"))) \(Roff.italic($0.attributeText("name")))" }.joined(
          separator: ", ")
    }
    let results = list("out")
    let tag = "\(Roff.bold(member.attributeText("name")))(\(list("in")))" + (results.isEmpty ? "" : " \\(-> \(results)")
    var body = Roff.prose(member.documentation)
    if !arguments.isEmpty {
      body += "\n.RS\n"
      for argument in arguments {
        body += Roff.item(Roff.italic(argument.attributeText("name")), Roff.prose(argument.documentation))
      }
      body += ".RE"
    }
    return Roff.item(tag, body)
  }

  private static func property(_ member: XMLElement) -> String {
    let tag = "\(Roff.bold(member.attributeText("type"))) \(Roff.bold(member.attributeText("name")))"
    let told =
      switch member.annotation("org.freedesktop.DBus.Property.EmitsChangedSignal") {
      case "const": " It never changes."
      case "false": " Its changes are not signalled."
      default: ""
      }
    return Roff.item(tag, Roff.prose(member.documentation + told))
  }
}

extension XMLElement {
  /// The text of an attribute; empty without one.
  func attributeText(_ name: String) -> String { attribute(forName: name)?.stringValue ?? "" }

  /// The value of an annotation.
  func annotation(_ name: String) -> String {
    elements(forName: "annotation").first { $0.attributeText("name") == name }?.attributeText("value") ?? ""
  }

  /// What it is for.
  var documentation: String { annotation("org.gtk.GDBus.DocString") }

  /// The last part of its name.
  func name(after separator: Character) -> String {
    attributeText("name").split(separator: separator).last.map(String.init) ?? ""
  }
}
