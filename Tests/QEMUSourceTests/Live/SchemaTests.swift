// SPDX-License-Identifier: Apache-2.0
// The table of events against what the QEMU on this machine says of itself.

import QEMUSource
import TestSupport
import Testing

@Suite(.needs(.qemu)) struct SchemaTests {
  @Test func `every event of this QEMU is in the table with all its members`() async throws {
    let qemu = try await TestQEMU()
    let schema = try #require(try await qemu.execute("query-qmp-schema").array)
    var types: [String: TestJSON] = [:]
    for entry in schema { if let name = entry["name"]?.string { types[name] = entry } }
    let events = schema.filter { $0["meta-type"]?.string == "event" }
    #expect(events.count >= 52)
    for event in events {
      let name = try #require(event["name"]?.string)
      let row = try #require(QMPEventTable.definition(of: name), "\(name) is in no table")
      let members = types[event["arg-type"]?.string ?? ""]?["members"]?.array ?? []
      let read = row.memberNames
      for member in members {
        let memberName = try #require(member["name"]?.string)
        #expect(read.contains(memberName), "\(name): \(memberName) is not read")
        guard let field = row.fields.first(where: { $0.name == memberName && $0.parent == nil }) else { continue }
        let type = types[member["type"]?.string ?? ""]
        #expect(field.reads(type), "\(name): \(memberName) is \(type?.text ?? "?") and read as \(field.type)")
        if member["default"] != nil { #expect(field.isOptional, "\(name): \(memberName) may be absent") }
      }
    }
    try await qemu.quit()
  }

  @Test func `every question is one that this QEMU knows`() async throws {
    let qemu = try await TestQEMU()
    let schema = try #require(try await qemu.execute("query-qmp-schema").array)
    let commands = Set(schema.filter { $0["meta-type"]?.string == "command" }.compactMap { $0["name"]?.string })
    // Of a newer QEMU, or of one that is built with it.
    let newer: Set<QMPQuery> = [.hyperVBalloon, .spice]
    for query in QMPQuery.allCases where !newer.contains(query) {
      #expect(commands.contains(query.rawValue), "\(query.rawValue)")
    }
    try await qemu.quit()
  }
}

extension QMPField {
  /// Whether values of a type of QEMU's schema can be read as this field.
  fileprivate func reads(_ schemaType: TestJSON?) -> Bool {
    let isText = schemaType?["meta-type"]?.string == "enum" || schemaType?["json-type"]?.string == "string"
    switch type {
    case .string: return isText
    case .bool: return schemaType?["json-type"]?.string == "boolean"
    case .int, .uint: return schemaType?["json-type"]?.string == "int"
    case .map, .endpoint: return schemaType?["meta-type"]?.string == "object"
    case .constant: return false
    }
  }
}
