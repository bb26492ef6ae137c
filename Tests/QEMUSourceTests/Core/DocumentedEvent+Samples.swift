// SPDX-License-Identifier: Apache-2.0
// Data of documented events, whole and spoiled.

import JSONText
import QEMUSource

extension QMPField {
  /// The member's name as text; empty where the field is a constant.
  var name: String { member.description }
  /// The name of the object around it, as text.
  var parentName: String? { parent?.description }
}

extension QMPEventDefinition {
  /// The names of the data's own members that are read.
  var memberNames: Set<String> {
    var names = Set(fields.filter { $0.parent == nil && !$0.name.isEmpty }.map(\.name))
    names.formUnion(fields.compactMap(\.parentName))
    if let truthName { names.insert(truthName) }
    return names
  }

  /// The name of the member that decides between two kinds.
  var truthName: String? {
    if case .byTruth(let member, _, _) = kind { member.description } else { nil }
  }
}

extension DocumentedEvent {
  struct Member: Sendable {
    let name: String
    let type: String
    let isOptional: Bool

    /// Whether the type is an object.
    var isStructure: Bool { Self.structures[type] != nil }

    /// Ways in which the table may read it.
    var types: [QMPField.FieldType] {
      switch type {
      case "bool": [.bool]
      // QAPI's int is signed; a size is known to be none the less.
      case "int": [.int, .uint]
      case "uint64", "size": [.uint]
      default: [.string]
      }
    }

    /// A value of the type.
    var sample: String {
      switch type {
      case "bool": "true"
      case "int": "12345678901"
      case "uint64", "size": "18446744073709551615"
      default: Self.structures[type] ?? #""text""#
      }
    }

    /// Documented as optional, or known to be absent in older versions.
    func mayBeAbsent(in row: QMPEventDefinition) -> Bool {
      if isOptional { return true }
      let fields = row.fields.filter { $0.name == name || $0.parentName == name }
      return !fields.isEmpty && fields.allSatisfy(\.isOptional)
    }

    private static let endpoint = #"{"host":"h","service":"s","family":"ipv4","auth":"none"}"#
    private static let structures: [String: String] = [
      "GuestPanicInformation": #"{"type":"hyper-v","arg1":18446744073709551615,"arg2":2}"#,
      "MemoryFailureFlags": #"{"action-required":true,"recursive":false}"#,
      "DumpQueryResult": #"{"status":"completed","completed":1024,"total":1024}"#,
      "ACPIOSTInfo": #"{"device":"d1","slot":"0","slot-type":"DIMM","source":1,"status":0}"#,
      "SocketAddress": #"{"type":"unix","path":"/x"}"#,
      "VncServerInfo": endpoint, "VncBasicInfo": endpoint, "VncClientInfo": endpoint,
      "SpiceBasicInfo": endpoint, "SpiceServerInfo": endpoint, "SpiceChannel": endpoint,
    ]
  }

  /// The members, taken apart.
  var parsed: [Member] {
    members.split(separator: ",").map { part in
      let pair = part.split(separator: ":")
      let name = pair[0].filter { $0 != " " }
      let type = pair[1].filter { $0 != " " }
      return Member(name: name, type: type.filter { $0 != "?" }, isOptional: type.hasSuffix("?"))
    }
  }

  /// Data with every member, one of them changed or left out, others added.
  func sample(
    replacing changed: String? = nil, by text: String = "", without absent: String? = nil,
    adding more: String? = nil
  )
    -> String
  {
    var parts = parsed.filter { $0.name != absent }.map {
      "\"\($0.name)\":\($0.name == changed ? text : $0.sample)"
    }
    if let more { parts.append(more) }
    return "{\(parts.joined(separator: ","))}"
  }
}
