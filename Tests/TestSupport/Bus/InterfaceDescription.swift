// SPDX-License-Identifier: Apache-2.0
// The introspection XML of interfaces, as values: of the reviewed files and of running services alike.

public import Foundation
import FoundationXML
public import Testing

/// One interface as introspection XML describes it.
public struct InterfaceDescription: Sendable, CustomTestStringConvertible {
  /// A method, signal, property or argument, and what is annotated to it.
  public struct Member: Sendable, Hashable {
    /// What the member is.
    public enum Kind: String, Sendable {
      /// An interface.
      case interface
      /// A method.
      case method
      /// A signal.
      case signal
      /// A property.
      case property
      /// An argument of a method or a signal.
      case argument
    }
    /// What it is.
    public var kind: Kind
    /// Its name.
    public var name: String
    /// The type of a property or an argument.
    public var type = ""
    /// The direction of an argument of a method.
    public var direction = ""
    /// The access of a property.
    public var access = ""
    /// What is annotated, by name.
    public var annotations: [String: String] = [:]
    /// The arguments of a method or a signal.
    public var arguments: [Member] = []

    /// The text for people.
    public var documentation: String { annotations["org.gtk.GDBus.DocString"] ?? "" }
    /// The version that brought it.
    public var since: String { annotations["org.gtk.GDBus.Since"] ?? "" }
    /// How a change of a property is told; the specification makes it `true` where nothing is said.
    public var emitsChanged: String { annotations["org.freedesktop.DBus.Property.EmitsChangedSignal"] ?? "" }

    /// The member as one line, without what is for people: what two descriptions of one interface must agree in.
    public var contract: String {
      let list = arguments.map { "\($0.direction == "out" ? "out " : "")\($0.name): \($0.type)" }
      let emits = kind == .property ? " \(access) emits \(emitsChanged.isEmpty ? "true" : emitsChanged)" : ""
      return "\(kind.rawValue) \(name) \(type)(\(list.joined(separator: ", ")))\(emits)"
    }
  }

  /// The interface itself.
  public let interface: Member
  /// Its methods, signals and properties.
  public let members: [Member]

  /// Its name.
  public var name: String { interface.name }
  /// Its name, in reports.
  public var testDescription: String { name }
  /// Its members of a kind.
  public func members(_ kind: Member.Kind) -> [Member] { members.filter { $0.kind == kind } }
  /// What two descriptions of one interface must agree in.
  public var contract: [String] { members.map(\.contract).sorted() }

  /// The interfaces that a piece of introspection XML describes; empty when it is no XML.
  public static func all(in data: Data) -> [InterfaceDescription] {
    let reader = Reader()
    let parser = XMLParser(data: data)
    parser.delegate = reader
    return parser.parse() ? reader.interfaces : []
  }

  private final class Reader: NSObject, XMLParserDelegate {
    var interfaces: [InterfaceDescription] = []
    private var members: [Member] = []
    private var open: [Member] = []

    func parser(
      _ parser: XMLParser, didStartElement element: String, namespaceURI: String?, qualifiedName: String?,
      attributes: [String: String]
    ) {
      let name = attributes["name"] ?? ""
      switch element {
      case "node": break
      case "interface":
        members = []
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
      case .interface: interfaces.append(InterfaceDescription(interface: member, members: members))
      case .argument: open[open.count - 1].arguments.append(member)
      case .method, .signal, .property: members.append(member)
      }
    }
  }
}
