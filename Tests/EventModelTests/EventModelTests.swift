// SPDX-License-Identifier: Apache-2.0
// The values of the model: kinds, subjects, filters, times, JSON.

import EventModel
import Testing

@Suite("EventModel: kinds")
struct KindTests {
  @Test(arguments: EventKind.allCases)
  func `every kind has a meaning of one sentence`(_ kind: EventKind) {
    #expect(kind.definition.meaning.hasSuffix("."))
    #expect(kind.definition.meaning.split(separator: ". ").count == 1)
  }

  @Test(arguments: EventKind.allCases)
  func `the fields of a kind are named once`(_ kind: EventKind) {
    let names = kind.definition.fields.map(\.name)
    #expect(Set(names).count == names.count)
  }

  @Test(arguments: SeverityException.allCases)
  func `an exception from the severity of a kind is one, and says when`(_ exception: SeverityException) {
    #expect(exception.severity != exception.kind.severity)
    #expect(exception.kind.exceptions.contains(exception))
    #expect(exception.kind.exceptions.count { $0.severity == exception.severity } == 1)
    #expect(!exception.condition.isEmpty && !exception.condition.hasSuffix("."))
  }

  @Test(arguments: EventKind.allCases)
  func `an event has its kind's usual severity, or one of its exceptions`(_ kind: EventKind) {
    #expect(EventDraft(kind, subject: .hub, source: .hub).severity == kind.definition.severity)
    for exception in kind.exceptions {
      let draft = EventDraft(EventGrade(exception), subject: .hub, source: .hub)
      #expect(draft.kind == kind && draft.severity == exception.severity)
    }
    #expect(kind.severities == [kind.severity] + kind.exceptions.map(\.severity))
    #expect(Set(kind.severities).count == kind.severities.count)
  }

  @Test func `the kinds whose severity varies are few, and these`() {
    let varying = EventKind.allCases.filter { $0.severities.count > 1 }
    #expect(varying == [.vmStopped, .vmGuestFilesystem, .deviceChanged])
    #expect(EventKind.vmStopped.severities == [.notice, .error, .warning])
  }

  @Test(arguments: VMState.allCases.filter { $0 != .stopped })
  func `every state of a machine but its end has a kind of its own`(_ state: VMState) {
    #expect(EventKind(state: state).rawValue == "vm.state." + state.rawValue)
    #expect(EventKind(state: state).state == state)
  }
}

@Suite("EventModel: sets of properties")
struct PropertySetTests {
  @Test func `every name has a place of its own`() {
    let all = PropertySet(PropertyName.allCases)
    #expect(Array(all) == PropertyName.allCases)
    #expect(all.count == PropertyName.allCases.count)
    for name in PropertyName.allCases { #expect(Array(PropertySet([name])) == [name]) }
  }

  @Test func `sets are joined, cut and asked`() {
    var set: PropertySet = [.state, .name, .state]
    #expect(set == [.name, .state] && set.contains(.state) && !set.contains(.reason))
    #expect(set.isDisjoint(with: [.reason]) && !set.isDisjoint(with: [.reason, .name]))
    #expect(set.intersection([.state, .reason]) == [.state])
    set.formUnion([.reason])
    #expect(Array(set) == [.name, .state, .reason])
    #expect(PropertySet().isEmpty && !set.isEmpty)
  }
}

@Suite("EventModel: subjects")
struct SubjectTests {
  @Test(arguments: [
    "web01", "", "1234", "a/b", "ü", "_", "7c1e6f0e-0000-4000-8000-000000000001", "\u{1b}[2J", "a b", "__", "-", "0",
  ])
  func `a subject is found again by its object path`(_ key: String) {
    let subject = Subject(.vm, key)
    #expect(Subject(objectPath: subject.objectPath) == subject)
    let element = subject.objectPath.dropFirst("/org/vireo/Hub1/vm/".count)
    #expect(!element.isEmpty)
    #expect(
      element.utf8.allSatisfy {
        (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0) || $0 == 95
      })
  }

  @Test(arguments: [
    "", "/", "/org/vireo/Hub1/", "/org/vireo/Hub1/vm", "/org/vireo/Hub1/vm/", "/org/vireo/Hub1/vm/a/b",
    "/org/vireo/Hub1/hub/x",
    "/org/vireo/Hub1/vm/_zz", "/org/vireo/Hub1/vm/_2", "/org/vireo/Hub1/vm/_61", "/org/vireo/Hub2/vm/a",
    "/org/vireo/Hub1/vm/a-b",
  ])
  func `a path that no subject has is refused`(_ path: String) {
    #expect(Subject(objectPath: path) == nil)
  }

  @Test func `the hub stands at the root`() {
    #expect(Subject(objectPath: "/org/vireo/Hub1") == .hub)
    #expect(Subject.hub.objectPath == "/org/vireo/Hub1")
  }
}

@Suite("EventModel: times")
struct TimestampTests {
  @Test(arguments: [
    (0, "1970-01-01T00:00:00.000000Z"), (1_795_317_127_005_691, "2026-11-22T03:12:07.005691Z"),
    (951_782_399_999_999, "2000-02-28T23:59:59.999999Z"), (951_782_400_000_000, "2000-02-29T00:00:00.000000Z"),
    (-1, "1969-12-31T23:59:59.999999Z"), (4_107_542_400_000_000, "2100-03-01T00:00:00.000000Z"),
  ])
  func `a time reads as RFC 3339`(_ microseconds: Int, _ text: String) {
    #expect(Timestamp(microseconds: Int64(microseconds)).rfc3339 == text)
  }

  @Test func `moving a time saturates`() {
    #expect(Timestamp(microseconds: 5).advanced(by: .seconds(-1)).microseconds == -999_995)
    #expect(Timestamp(microseconds: .max - 1).advanced(by: .seconds(1)).microseconds == .max)
    #expect(Timestamp(microseconds: 0).advanced(by: .seconds(Int64.max)).microseconds == .max)
  }

  @Test func `the clock agrees with itself`() {
    let before = Timestamp.now()
    #expect(before <= Timestamp.now())
    #expect(before.rfc3339 > "2026-")
  }
}

@Suite("EventModel: JSON")
struct JSONTests {
  @Test func `text is escaped so that a guest cannot break a line`() {
    var writer = JSONWriter()
    writer.write(.string("a\"b\\c\n\r\t\u{0}\u{1b}\u{7f}ü"))
    #expect(writer.text == #""a\"b\\c\n\r\t\u0000\u001b\u007fü""#)
  }

  @Test func `how long a byte becomes is known before it is written`() {
    for byte in UInt8.min...0x7F {
      var writer = JSONWriter()
      writer.write(String(UnicodeScalar(byte)))
      #expect(writer.bytes.count == JSONWriter.length(of: byte) + 2, "byte \(byte)")
    }
    #expect("é\u{1F600}".utf8.allSatisfy { JSONWriter.length(of: $0) == 1 })
  }

  @Test func `an event is one object with its keys in order`() throws {
    let event = Event(
      sequence: 7, time: Timestamp(microseconds: 1), recorded: Timestamp(microseconds: 2), kind: .vmReset,
      severity: .notice,
      origin: .live, subject: Subject(.vm, "web01"), name: "web01", source: Subject(.source, "qmp"),
      data: ["guest": true, "count": 3, "list": ["a", .double(1.5)], "state": "running"], raw: "{}")
    let instance = try #require(InstanceID("0123456789abcdef0123456789abcdef"))
    #expect(
      event.json(instance: instance)
        == #"{"instance":"0123456789abcdef0123456789abcdef","sequence":7,"time":"1970-01-01T00:00:00.000001Z","recorded":"1970-01-01T00:00:00.000002Z","kind":"vm.reset","severity":"notice","origin":"live","subject":"/org/vireo/Hub1/vm/web01","name":"web01","source":"/org/vireo/Hub1/source/qmp","data":{"guest":true,"count":3,"list":["a",1.5],"state":"running"},"raw":"{}"}"#
    )
  }

  @Test func `a number that JSON cannot say becomes null`() {
    var writer = JSONWriter()
    writer.write(.list([.double(.infinity), .double(.nan), .uint(.max), .int(.min)]))
    #expect(writer.text == "[null,null,18446744073709551615,-9223372036854775808]")
  }
}

@Suite("EventModel: filters and cursors")
struct FilterTests {
  @Test func `an unknown kind is refused, never matched by nothing`() {
    #expect(throws: FilterError.unknownKind("vm.stat.running")) {
      try EventFilter(kinds: ["vm.stat.running"], subjects: [])
    }
    #expect(throws: FilterError.unknownKind("vmx.*")) { try EventFilter(kinds: ["vmx.*"], subjects: []) }
    #expect(throws: FilterError.invalidSubject("vm/1")) { try EventFilter(kinds: [], subjects: ["vm/1"]) }
    #expect(throws: FilterError.tooManyPatterns(limit: 256)) {
      try EventFilter(kinds: Array(repeating: "vm.reset", count: 257), subjects: [])
    }
  }

  @Test func `a stem names all kinds below it and none beside it`() throws {
    let filter = try EventFilter(kinds: ["vm.block.*"], subjects: ["/"])
    #expect(filter.subjects == nil)
    let kinds = try #require(filter.kinds)
    #expect(kinds.contains(.vmBlockIOError))
    #expect(!kinds.contains(.vmBlockJobReady))
  }

  @Test func `nothing asked is everything`() throws {
    #expect(try EventFilter(kinds: ["*"], subjects: [""]) == .everything)
  }

  @Test func `a cursor reads as it was written`() throws {
    let cursor = Cursor(instance: .random(), sequence: 42)
    #expect(Cursor(cursor.description) == cursor)
    for text in ["", ":", "x:1", "\(cursor.instance):", "\(cursor.instance):-1", "\(cursor.instance):1:2"] {
      #expect(Cursor(text) == nil)
    }
  }
}

@Suite("EventModel: objects and the log in memory")
struct ObjectTests {
  @Test(arguments: Subject.Category.allCases)
  func `the properties of a category stand once and have an initial value of their type`(_ category: Subject.Category) {
    let list = PropertyDefinition.list(for: category)
    #expect(Set(list.map(\.name)).count == list.count)
    let object = HubObject(Subject(category, "x"))
    #expect(object.properties.map(\.value) == list.map(\.initialValue))
  }

  @Test func `setting the same value again is no change`() {
    var object = HubObject(Subject(.vm, "x"), [.state: "running"])
    let again = object.set(.state, "running")
    let other = object.set(.state, "paused")
    #expect(!again && other)
    #expect(object.state == "paused")
  }

  private func event(_ sequence: UInt64) -> Event {
    Event(
      sequence: sequence, time: Timestamp(microseconds: Int64(sequence)),
      recorded: Timestamp(microseconds: Int64(sequence) * 10),
      kind: sequence % 2 == 0 ? .vmReset : .vmPowerdown, severity: .info, origin: .live, subject: Subject(.vm, "x"),
      name: "x",
      source: .hub, data: [:])
  }

  @Test func `the log in memory forgets the oldest and says so`() {
    var limits = MemoryLog.Limits()
    limits.events = 2000
    let log = MemoryLog(limits: limits)
    for first in stride(from: 1, through: 9901, by: 100) {
      log.append(LogBatch(events: (first..<first + 100).map { event(UInt64($0)) })) { _ in }
    }
    #expect(log.oldest == 8001)
    log.read(LogQuery(after: 10, limit: 5)) { result in
      #expect(throws: LogError.expired(oldest: 8001)) { try result.get() }
    }
    log.read(LogQuery(after: 8000, limit: 3)) { result in
      #expect((try? result.get().events.map(\.sequence)) == [8001, 8002, 8003])
    }
    log.read(LogQuery(after: 8000, limit: 3, filter: EventFilter(kinds: [.vmReset], subjects: nil))) { result in
      #expect((try? result.get().events.map(\.sequence)) == [8002, 8004, 8006])
      #expect((try? result.get().searched) == 8006)
    }
    log.read(LogQuery(after: 10_000, limit: 3)) { result in
      #expect((try? result.get().searched) == 10_000)
    }
    log.findCursor(Timestamp(microseconds: 85_000)) { #expect((try? $0.get()) == 8499) }
    log.findCursor(Timestamp(microseconds: 0)) { #expect((try? $0.get()) == 8000) }
  }

  @Test func `no page goes past a stretch that never came, and a read in it says where to go on`() {
    let log = MemoryLog()
    log.append(LogBatch(events: [1, 2, 3, 8, 9].map { event($0) })) { _ in }
    log.read(LogQuery(after: 1, limit: 9)) { result in
      #expect((try? result.get().events.map(\.sequence)) == [2, 3])
      #expect((try? result.get().searched) == 3)
    }
    for after in [3, 5] as [UInt64] {
      log.read(LogQuery(after: after, limit: 9)) { result in
        #expect(throws: LogError.expired(oldest: 8)) { try result.get() }
      }
    }
    log.read(LogQuery(after: .max, limit: 9)) { #expect((try? $0.get().events.isEmpty) == true) }
  }
}

@Suite struct PropertyTests {
  @Test(arguments: Subject.Category.allCases) func `an object has the properties of its category and no others`(
    category: Subject.Category
  ) {
    let definitions = PropertyDefinition.list(for: category)
    let object = HubObject(Subject(category, "x"))
    for name in PropertyName.allCases {
      #expect(object[name] == definitions.first { $0.name == name }?.initialValue)
    }
    // Each is its own: setting one changes that one.
    for definition in definitions {
      var changed = object
      let isNew = changed.set(definition.name, .string("new"))
      #expect(isNew)
      var stated: [PropertyName] = []
      changed.forEachStated { name, value in
        #expect(value == .string("new"))
        stated.append(name)
      }
      #expect(stated == [definition.name])
    }
  }

  @Test func `the cases of an enumeration hash apart, and subjects of one key are told apart by their category`() {
    #expect(Set(PropertyName.allCases).count == PropertyName.allCases.count)
    #expect(Set(EventKind.allCases).count == EventKind.allCases.count)
    #expect(Set(Subject.Category.allCases.map { Subject($0, "x") }).count == Subject.Category.allCases.count)
    #expect(Subject(.vm, "x") == Subject(.vm, "x") && Subject(.vm, "x") != Subject(.vm, "y"))
  }
}
