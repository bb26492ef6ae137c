// SPDX-License-Identifier: Apache-2.0
// The rules of the D-Bus API Design Guidelines that a program can check, on every interface of ours.

import Foundation
import TestSupport
import Testing

@Suite struct InterfaceRuleTests {
  @Test func `the six interfaces are there`() {
    let names = ["Device", "Link", "Manager", "Source", "Subscription", "VM"]
    #expect(InterfaceFile.all.map(\.name) == names.map { "org.vireo.Hub1.\($0)" })
  }

  @Test(.needs(.program("xmllint")), arguments: InterfaceFile.all)
  func `a file is valid by the DTD of introspection data`(_ file: InterfaceFile) async throws {
    let path = Repository.file("\(InterfaceFile.directory)/\(file.fileName)")
    let result = try await runTool(
      "xmllint", "--noout", "--nonet", "--dtdvalid", "/usr/share/xml/dbus-1/introspect.dtd", path)
    #expect(result.isSuccess, "\(result)")
  }

  @Test(arguments: InterfaceFile.all)
  func `a file is named after its one interface, whose name is versioned`(_ file: InterfaceFile) {
    #expect(file.nodeCount == 1 && file.interfaceCount == 1)
    #expect(file.fileName == file.name + ".xml")
    #expect(file.name.wholeMatch(of: /org\.vireo\.Hub1\.[A-Z][A-Za-z0-9]*/) != nil)
  }

  @Test(arguments: InterfaceFile.all)
  func `members are CamelCase and arguments are lower case with underscores`(_ file: InterfaceFile) {
    for member in file.members {
      #expect(member.name.wholeMatch(of: /[A-Z][A-Za-z0-9]*/) != nil, "\(member.name)")
      for argument in member.arguments {
        #expect(argument.name.wholeMatch(of: /[a-z][a-z0-9]*(_[a-z0-9]+)*/) != nil, "\(member.name): \(argument.name)")
      }
      #expect(Set(member.arguments.map(\.name)).count == member.arguments.count, "\(member.name): a name twice")
    }
    #expect(Set(file.members.map(\.name)).count == file.members.count)
  }

  @Test(arguments: InterfaceFile.all)
  func `everything is documented in sentences, and says since when it is there`(_ file: InterfaceFile) {
    for member in [file.interface] + file.members {
      #expect(member.documentation.wholeMatch(of: /[A-Z].*\./) != nil, "\(member.name): \(member.documentation)")
      #expect(member.since.wholeMatch(of: /\d+\.\d+(\.\d+)?/) != nil, "\(member.name)")
      for argument in member.arguments {
        #expect(argument.documentation.wholeMatch(of: /[A-Z].*\./) != nil, "\(member.name): \(argument.name)")
      }
    }
  }

  @Test(arguments: InterfaceFile.all)
  func `every property is read-only and says how its changes are told`(_ file: InterfaceFile) {
    for property in file.members(.property) {
      #expect(property.access == "read", "\(property.name)")
      #expect(["true", "invalidates", "const", "false"].contains(property.emitsChanged), "\(property.name)")
    }
  }

  @Test(arguments: InterfaceFile.all)
  func `no method argument is a Boolean, and every one has a direction`(_ file: InterfaceFile) {
    for method in file.members(.method) {
      for argument in method.arguments {
        #expect(!argument.type.contains("b"), "\(method.name): \(argument.name)")
        #expect(["in", "out"].contains(argument.direction), "\(method.name): \(argument.name)")
      }
    }
    for signal in file.members(.signal) {
      for argument in signal.arguments { #expect(argument.direction.isEmpty, "\(signal.name): \(argument.name)") }
    }
  }

  @Test(arguments: InterfaceFile.all)
  func `no method repeats what properties do`(_ file: InterfaceFile) {
    let names = Set(file.members.map(\.name))
    for property in file.members(.property) {
      for other in ["Get\(property.name)", "Set\(property.name)", "\(property.name)Changed"] {
        #expect(!names.contains(other), "\(other)")
      }
    }
  }

  @Test(arguments: InterfaceFile.all)
  func `every type is a complete signature that dbus-send can express on the way in`(_ file: InterfaceFile) {
    for member in file.members {
      for argument in member.arguments where argument.direction == "in" && argument.type != "a{sv}" {
        #expect(argument.type.wholeMatch(of: /a?[ybnqiuxtdhsog]/) != nil, "\(member.name): \(argument.name)")
      }
      for type in [member.type] + member.arguments.map(\.type) where !type.isEmpty {
        #expect(isCompleteType(type), "\(member.name): \(type)")
      }
    }
  }

  @Test(arguments: InterfaceFile.all)
  func `every error that is documented is one of the hub's`(_ file: InterfaceFile) {
    let known = [
      "AlreadyExists", "CursorExpired", "CursorForeign", "InvalidArgument", "LimitsExceeded", "NoSuchObject",
      "NotAuthorized", "UnknownKind",
    ]
    let errors = Set(
      known.map { "org.vireo.Hub1.Error.\($0)" }
        + ["Failed", "NotSupported"].map { "org.freedesktop.DBus.Error.\($0)" })
    for method in file.members(.method) {
      for match in method.documentation.matches(of: /org\.[A-Za-z0-9.]+\.Error\.[A-Za-z0-9]+/) {
        #expect(errors.contains(String(match.output)), "\(method.name): \(match.output)")
      }
    }
  }

  /// Whether it is exactly one type by the grammar of the specification.
  private func isCompleteType(_ signature: String) -> Bool {
    var rest = signature[...]
    return takeType(&rest) && rest.isEmpty
  }

  private func takeType(_ rest: inout Substring) -> Bool {
    guard let first = rest.popFirst() else { return false }
    switch first {
    case "a" where rest.first == "{":
      rest.removeFirst()
      guard let key = rest.popFirst(), "ybnqiuxtdhsog".contains(key), takeType(&rest) else { return false }
      return rest.popFirst() == "}"
    case "a": return takeType(&rest)
    case "(":
      repeat { guard takeType(&rest) else { return false } } while rest.first != ")"
      return rest.popFirst() == ")"
    default: return "ybnqiuxtdhsogv".contains(first)
    }
  }
}
