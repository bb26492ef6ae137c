// SPDX-License-Identifier: Apache-2.0
// Which events pass.

import EventModel
import Testing
import VireoCommand

@Suite struct FilterTests {
  static let kinds = EventKind.allCases.map(\.rawValue)

  @Test(arguments: [
    ("*", "anything", true), ("vm.*", "vm.stopped", true), ("vm.*", "link.up", false),
    ("vm.?lock.*", "vm.block.tray", true),
    ("*.error", "vm.block-job.error", true), ("web0?", "web01", true), ("web0?", "web010", false), ("", "", true),
    ("", "x", false), ("a*b*c", "aXXbYYc", true), ("a*b*c", "aXXbYY", false), ("***", "", true),
  ])
  func `a star is any text and a question mark one character`(pattern: String, text: String, matches: Bool) {
    #expect(Glob(pattern).matches(text) == matches)
  }

  @Test func `a pattern made to be slow is not`() {
    let started = ContinuousClock.now
    #expect(!Glob(String(repeating: "a*", count: 200) + "b").matches(String(repeating: "a", count: 4000)))
    #expect(ContinuousClock.now - started < .seconds(5))
  }

  @Test func `names and stems go to the hub as they are`() throws {
    let patterns = KindPatterns(["vm.block.*,vm.stopped", "link.*", "*"])
    #expect(try patterns.resolved(among: Self.kinds) == ["vm.block.*", "vm.stopped", "link.*", "*"])
  }

  @Test func `other patterns become the names that they match`() throws {
    let patterns = KindPatterns(["*.error", "agent.connected", "block.*", "agent.connected"])
    #expect(
      try patterns.resolved(among: Self.kinds) == ["vm.block-job.error", "vm.agent.connected", "vm.block.*"])
  }

  @Test func `a kind that does not exist is refused, with what was perhaps meant`() throws {
    let error = #expect(throws: KindPatternError.self) {
      try KindPatterns(["vm.panick*d"]).resolved(among: Self.kinds)
    }
    #expect(error?.pattern == "vm.panick*d")
    let hint = #expect(throws: KindPatternError.self) { try KindPatterns(["vm.panicked"]).resolved(among: Self.kinds) }
    #expect(hint?.description.contains("vm.guest.panicked") == true)
  }

  private static let listed = EventKind.allCases.map { ListedKind($0.rawValue, severity: $0.severity.name) }

  private func selected(
    _ priority: String, _ types: String..., gaps: Bool = true, whereNone: String? = nil, more: [ListedKind] = []
  ) throws -> [String] {
    var selection = KindSelection()
    selection.patterns = KindPatterns(types)
    selection.severities = try #require(SeverityRange(priority))
    selection.tellsGaps = gaps
    selection.whereNone = whereNone
    return try selection.resolved(among: Self.listed + more)
  }

  @Test(arguments: Severity.allCases)
  func `the hub is asked for the kinds whose events may have a severity, and for no others`(_ severity: Severity) throws
  {
    let range = "\(severity.name)..\(severity.name)"
    let may = EventKind.allCases.filter { kind in
      kind.definition.severity == severity || kind.exceptions.contains { $0.severity == severity }
    }
    #expect(try selected(range, "vm.*,*.*", gaps: false) == may.map(\.rawValue))
    // It is not worth its while where most kinds remain.
    let isMost = may.count > EventKind.allCases.count / 2
    #expect(isMost == (severity == .info))
    #expect(try selected(range, gaps: false) == (isMost ? [] : may.map(\.rawValue)))
  }

  @Test func `a kind whose severity varies is asked for with each of its severities`() throws {
    #expect(try selected("error").contains("vm.stopped"))
    #expect(try selected("warning..warning").contains("vm.stopped"))
    #expect(try selected("warning").contains("vm.guest.filesystem"))
    #expect(try !selected("error").contains("vm.guest.filesystem"))
    #expect(try selected("debug..debug", gaps: false) == ["device.changed", "neighbour.added", "neighbour.removed"])
  }

  @Test func `a range that excludes nothing names no kinds, and the patterns stay what they are`() throws {
    #expect(try KindSelection().resolved(among: []).isEmpty)
    #expect(try selected("debug").isEmpty)
    #expect(try selected("info").isEmpty, "and none where hardly anything is excluded")
    #expect(try selected("info", "*") == ["*"])
    #expect(try selected("debug", "vm.*") == ["vm.*", "hub.gap"])
    #expect(try selected("debug", whereNone: "vm.*") == ["vm.*", "hub.gap"])
  }

  @Test func `severities and patterns cut each other`() throws {
    #expect(
      try selected("error", "vm.state.*", gaps: false).sorted() == [
        "vm.state.guest-panicked", "vm.state.internal-error", "vm.state.io-error", "vm.state.watchdog",
      ])
    #expect(try selected("error", "link.*,vm.stopped") == ["vm.stopped", "hub.gap"])
    #expect(try selected("error", whereNone: "vm.*").allSatisfy { $0.hasPrefix("vm.") || $0 == "hub.gap" })
    #expect(throws: KindPatternError.self) { try selected("error", "vm.nothing") }
  }

  @Test func `gaps are asked for beside whatever else is, where they are told`() throws {
    #expect(try selected("critical").filter { $0 == "hub.gap" }.count == 1)
    #expect(try selected("warning").filter { $0 == "hub.gap" }.count == 1)
    #expect(try !selected("critical", gaps: false).contains("hub.gap"))
    #expect(try selected("critical", "vm.added") == ["hub.gap"])
  }

  @Test func `where no kind is left the hub is asked for what was written, and not for all`() throws {
    #expect(try selected("critical", "vm.added", "link.*", gaps: false) == ["vm.added", "link.*"])
  }

  @Test func `a kind that is not known, or known otherwise, is always asked for`() throws {
    let newer = [
      ListedKind("vm.teleported", severity: "info"), ListedKind("rack.tilted", severity: "catastrophe"),
    ]
    let kinds = try selected("critical", more: newer)
    #expect(kinds.contains("vm.teleported") && kinds.contains("rack.tilted"))
    #expect(try selected("critical", "vm.*", more: newer).contains("vm.teleported"))
    #expect(try !selected("critical", "vm.*", more: newer).contains("rack.tilted"))
    let other = try #require(SeverityRange("critical"))
    #expect(!ListedKind("vm.reset", severity: "notice").mayHave(other))
    #expect(ListedKind("vm.reset", severity: "error").mayHave(other))
  }

  @Test func `more kinds than a call may name are left to the tool`() throws {
    let many = (0..<EventFilter.patternLimit).map { ListedKind("vm.new.k\($0)", severity: "info") }
    #expect(try selected("critical", more: many).isEmpty)
    #expect(try selected("critical", "vm.*", more: many) == ["vm.*", "hub.gap"])
  }

  @Test(arguments: [
    ("warning", Severity.warning, Severity.critical), ("WARN", .warning, .critical), ("err", .error, .critical),
    ("notice..warning", .notice, .warning), ("warning..notice", .notice, .warning), ("4", .warning, .critical),
    ("debug", .debug, .critical), ("info..info", .info, .info),
  ])
  func `a priority is a severity and above, or a range`(text: String, least: Severity, most: Severity) throws {
    let range = try #require(SeverityRange(text))
    #expect(range.least == least && range.most == most)
  }

  @Test(arguments: ["", "loud", "8", "warning..", "..", "a..b..c"])
  func `what is no priority is refused`(text: String) {
    #expect(SeverityRange(text) == nil)
  }

  @Test func `machines are chosen by name, UUID or pattern`() throws {
    let web = try Sample.event()
    let database = try Sample.event(Sample.line(subject: "/org/vireo/Hub1/vm/_37c1e", name: "db1"))
    let link = try Sample.event(Sample.line(kind: "link.up", subject: "/org/vireo/Hub1/link/_32", name: "web01"))
    func passing(_ machines: String...) -> [Bool] {
      var filter = RecordFilter()
      filter.machines = machines.map(Glob.init)
      return [web, database, link].map(filter.passes)
    }
    #expect(passing("web01") == [true, false, false])
    #expect(passing("web*", "db?") == [true, true, false])
    #expect(passing("7c1e") == [false, true, false])
    #expect(passing() == [true, true, true])
  }

  @Test(arguments: [
    ("SIGNAL", false), ("signal", true), ("host-s.*l", true), ("web01 vm.stopped", true), ("by=", false),
    ("Host", false),
  ])
  func `a pattern without capitals does not care for case`(pattern: String, passes: Bool) throws {
    var filter = RecordFilter()
    filter.grep = TextPattern(pattern)

    #expect(try filter.passes(Sample.event()) == passes)
  }

  @Test func `what is no regular expression is refused`() {
    #expect(TextPattern("(") == nil)
    #expect(TextPattern("[a-") == nil)
  }

  @Test func `a gap passes every filter but the end`() throws {
    let gap = try Sample.event(Sample.line(kind: "hub.gap", subject: "/org/vireo/Hub1", name: ""))
    var filter = RecordFilter()
    filter.machines = [Glob("web01")]
    filter.severities = try #require(SeverityRange("critical"))
    #expect(filter.passes(gap))
    filter.until = Timestamp(microseconds: 0)
    #expect(!filter.passes(gap))
    #expect(filter.isPast(gap))
  }

  @Test func `an event of a newer hub is kept as it is`() throws {
    let event = try Sample.event(
      Sample.line(kind: "vm.teleported", severity: "odd", data: #"{"null":null,"deep":[[{}]]}"#))
    #expect(event.kind == "vm.teleported")
    #expect(event.severity == .info)
    #expect(try RecordReader().item(#"{"heartbeat":7}"#) == nil)
  }

  @Test(arguments: [
    "", "[]", "7", "{", #"{"sequence":1,"kind":"vm.stopped"}"#, #"{"sequence":1,"kind":"vm.stopped","time":"noon"}"#,
    "\u{1B}[2J",
  ])
  func `a line that is no event is refused without harm`(line: String) {
    // Nothing is made of it; what is no JSON, or has no time, is an error that can be printed.
    do {
      #expect(try RecordReader().item(line) == nil)
    } catch {
      #expect(!"\(error)".unicodeScalars.contains { $0.properties.generalCategory == .control })
    }
  }
}
