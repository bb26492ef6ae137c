// SPDX-License-Identifier: Apache-2.0
// The XML of one interface, as a value.

import Foundation
import FoundationXML
import TestSupport
import Testing

/// One interface of `DBusPolicy/interfaces`.
struct InterfaceFile: Sendable, CustomTestStringConvertible {
  /// A method, signal, property or argument, and what is annotated to it.
  struct Member: Sendable, Hashable {
    enum Kind: String, Sendable { case interface, method, signal, property, argument }
    var kind: Kind
    var name: String
    var type = ""
    var direction = ""
    var access = ""
    var annotations: [String: String] = [:]
    var arguments: [Member] = []

    var documentation: String { annotations["org.gtk.GDBus.DocString"] ?? "" }
    var since: String { annotations["org.gtk.GDBus.Since"] ?? "" }
    var emitsChanged: String { annotations["org.freedesktop.DBus.Property.EmitsChangedSignal"] ?? "" }
  }

  let fileName: String
  let interfaceCount: Int
  let nodeCount: Int
  let interface: Member
  let members: [Member]

  var testDescription: String { fileName }
  var name: String { interface.name }
  func members(_ kind: Member.Kind) -> [Member] { members.filter { $0.kind == kind } }

  static let directory = "DBusPolicy/interfaces"

  /// All of them, by name.
  static let all: [InterfaceFile] = {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: Repository.file(directory))) ?? []
    return names.filter { $0.hasSuffix(".xml") }.sorted().compactMap(InterfaceFile.init)
  }()

  static func named(_ name: String) throws -> InterfaceFile { try #require(all.first { $0.name == name }) }

  private init?(fileName: String) {
    guard let data = FileManager.default.contents(atPath: Repository.file("\(Self.directory)/\(fileName)")) else {
      return nil
    }
    let reader = Reader()
    let parser = XMLParser(data: data)
    parser.delegate = reader
    guard parser.parse(), let interface = reader.interface else { return nil }
    self.fileName = fileName
    self.interface = interface
    members = reader.members
    nodeCount = reader.nodeCount
    interfaceCount = reader.interfaceCount
  }

  private final class Reader: NSObject, XMLParserDelegate {
    var interface: Member?
    var members: [Member] = []
    var nodeCount = 0
    var interfaceCount = 0
    private var open: [Member] = []

    func parser(
      _ parser: XMLParser, didStartElement element: String, namespaceURI: String?, qualifiedName: String?,
      attributes: [String: String]
    ) {
      let name = attributes["name"] ?? ""
      switch element {
      case "node": nodeCount += 1
      case "interface":
        interfaceCount += 1
        open.append(Member(kind: .interface, name: name))
      case "method": open.append(Member(kind: .method, name: name))
      case "signal": open.append(Member(kind: .signal, name: name))
      case "property":
        open.append(
          Member(kind: .property, name: name, type: attributes["type"] ?? "", access: attributes["access"] ?? ""))
      case "arg":
        open.append(
          Member(kind: .argument, name: name, type: attributes["type"] ?? "", direction: attributes["direction"] ?? ""))
      case "annotation":
        guard !open.isEmpty else { return }
        open[open.count - 1].annotations[name] = attributes["value"]
      default: Issue.record("unknown element \(element)")
      }
    }

    func parser(_ parser: XMLParser, didEndElement element: String, namespaceURI: String?, qualifiedName: String?) {
      guard ["interface", "method", "signal", "property", "arg"].contains(element), let member = open.popLast() else {
        return
      }
      switch member.kind {
      case .interface: interface = member
      case .argument: open[open.count - 1].arguments.append(member)
      case .method, .signal, .property: members.append(member)
      }
    }
  }
}
