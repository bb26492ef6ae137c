// SPDX-License-Identifier: Apache-2.0
// The table of events, held against QEMU's documentation and against the list of kinds.

import EventModel
import QEMUSource
import Testing

@Suite struct QMPEventTableTests {
  @Test func `every documented event has one row, and no row is made up`() {
    let documented = DocumentedEvent.all.map(\.name)
    #expect(documented.count == 59)
    #expect(Set(documented).count == 59)
    #expect(Set(QMPEventTable.all.map(\.name)) == Set(documented))
    #expect(QMPEventTable.all.count == 59)
    for name in documented { #expect(QMPEventTable.definition(of: name)?.name == name) }
    #expect(QMPEventTable.definition(of: "BRAND_NEW") == nil)
  }

  @Test(arguments: DocumentedEvent.all)
  func `the members are those that QEMU documents`(_ documented: DocumentedEvent) throws {
    let row = try #require(QMPEventTable.definition(of: documented.name))
    #expect(row.memberNames == Set(documented.parsed.map(\.name)))
    for member in documented.parsed where !member.isStructure {
      if row.truthName == member.name { continue }
      let field = try #require(row.fields.first { $0.name == member.name && $0.parent == nil })
      #expect(member.types.contains(field.type), "\(member.name) is read as \(field.type)")
      #expect(field.isOptional || !member.isOptional, "\(member.name) may be absent")
    }
  }

  @Test(arguments: DocumentedEvent.all)
  func `the fields are those of the kind's definition`(_ documented: DocumentedEvent) throws {
    let row = try #require(QMPEventTable.definition(of: documented.name))
    for kind in row.kinds where kind.state == nil {
      let defined = Dictionary(
        uniqueKeysWithValues: kind.definition.fields.map { ($0.name, $0.type) })
      #expect(!kind.definition.meaning.isEmpty)
      for field in row.fields {
        #expect(defined[field.field] == field.type.published, "\(kind.rawValue) \(field.field)")
      }
    }
  }

  @Test(arguments: DocumentedEvent.all)
  func `a whole event is read without complaint and without loss`(_ documented: DocumentedEvent)
    throws
  {
    let row = try #require(QMPEventTable.definition(of: documented.name))
    let event = try event(documented.name, documented.members.isEmpty ? nil : documented.sample())
    let reading = row.read(event.data)
    #expect(reading.complaint == nil)
    #expect(!reading.hasUnknownMembers)
    for field in row.fields {
      let value = try #require(reading.fields[field.field], "\(field.field) is missing")
      #expect(value.type == field.type.published)
    }
    let more = try row.read(json(documented.sample(adding: #""x-new":[1]"#)))
    #expect(more.hasUnknownMembers)
    #expect(more.fields == reading.fields)
    #expect(more.complaint == nil)
  }

  @Test(arguments: DocumentedEvent.all)
  func `a member of the wrong type, or missing, is named and left out, the others stay`(
    _ documented: DocumentedEvent
  )
    throws
  {
    let row = try #require(QMPEventTable.definition(of: documented.name))
    let whole = row.read(try json(documented.sample()))
    for member in documented.parsed {
      let affected = Set(
        row.fields.filter { $0.name == member.name || $0.parentName == member.name }.map(\.field))
      for wrong in [#"[]"#, "null", "1.5"] {
        let reading = row.read(try json(documented.sample(replacing: member.name, by: wrong)))
        #expect(reading.complaint?.contains(documented.name) == true, "\(member.name) as \(wrong)")
        for field in whole.fields where !affected.contains(field.name) {
          #expect(reading.fields[field.name] == field.value)
        }
      }
      let without = row.read(try json(documented.sample(without: member.name)))
      #expect((without.complaint == nil) == member.mayBeAbsent(in: row), "\(member.name) absent")
    }
    let nothing = row.read(nil)
    let mustHave = documented.parsed.contains { !$0.mayBeAbsent(in: row) }
    #expect((nothing.complaint != nil) == mustHave)
  }

  @Test func `a port is opened or closed by its truth value`() throws {
    let row = try #require(QMPEventTable.definition(of: "VSERPORT_CHANGE"))
    #expect(row.kinds == [.vmPortOpened, .vmPortClosed])
  }

  @Test func `a console's ends read alike for VNC and SPICE`() throws {
    let vnc = try #require(QMPEventTable.definition(of: "VNC_CONNECTED")).read(
      json(
        #"{"server":{"auth":"none","family":"unix","service":"/vnc","host":"","websocket":false},"client":{"host":"::1","service":"5","family":"ipv6","websocket":true}}"#
      ))
    #expect(vnc.complaint == nil)
    #expect(!vnc.hasUnknownMembers)
    #expect(vnc.fields["protocol"] == "vnc")
    #expect(vnc.fields["authentication"] == "none")
    #expect(vnc.fields["client"]?.map?["service"] == "5")
    let spice = try #require(QMPEventTable.definition(of: "SPICE_CONNECTED")).read(
      json(
        #"{"server":{"host":"h","port":"5900","family":"ipv4"},"client":{"host":"c","port":"1","family":"ipv4"}}"#
      ))
    #expect(spice.complaint == nil)
    #expect(!spice.hasUnknownMembers)
    #expect(spice.fields["protocol"] == "spice")
    #expect(spice.fields["client"]?.map?["service"] == "1")
    #expect(spice.fields["client"]?.map?["port"] == nil)
    #expect(spice.fields["authentication"] == nil)
  }

  @Test func `what a guest may fill is bounded`() throws {
    let row = try #require(QMPEventTable.definition(of: "GUEST_PANICKED"))
    let long = String(repeating: "x", count: 100_000)
    let members = (0..<1000).map { #""m\#($0)":1"# }.joined(separator: ",")
    let reading = row.read(
      try json(
        #"{"action":"\#(long)","info":{"deep":{"a":{"b":{"c":{"d":{"e":{"f":{"g":{"h":1}}}}}}}},"t":"\#(long)",\#(members)}}"#
      ))
    #expect((reading.fields["action"]?.string?.utf8.count ?? 0) <= ValueLimits.text)
    let info = try #require(reading.fields["info"]?.map)
    #expect(info.count <= ValueLimits.elements)
    #expect((info["t"]?.string?.utf8.count ?? 0) <= ValueLimits.text)
    #expect(reading.fields.footprint < 64 * 1024)
  }
}

extension Value {
  /// The type as the definitions of kinds name it.
  fileprivate var type: KindDefinition.FieldType {
    switch self {
    case .bool: .bool
    case .int: .int
    case .uint: .uint
    case .double: .double
    case .string: .string
    case .list: .list
    case .map: .map
    }
  }
}

extension QMPField.FieldType {
  /// The type as the definitions of kinds name it.
  fileprivate var published: KindDefinition.FieldType {
    switch self {
    case .bool: .bool
    case .int: .int
    case .uint: .uint
    case .string, .constant: .string
    case .map, .endpoint: .map
    }
  }
}
