// SPDX-License-Identifier: Apache-2.0
// Each form of an event.

import EventModel
import JSONText
import Testing
import VireoCommand

@Suite struct RendererTests {
  private func render(_ line: String, as format: OutputFormat, width: Int? = 100) throws -> String {
    try EventRenderer(
      format: format, zone: .fixed(seconds: 3600, name: "CET"), width: width,
      origin: CloudEventOrigin(host: "host.example", machineID: "5b0c")
    ).text(Sample.event(line))
  }

  @Test func `short is one line with local time, severity, name, kind and data`() throws {
    #expect(
      try render(Sample.line(), as: .short)
        == "Nov 22 04:12:07.005 NOTE  web01        vm.stopped             cause=host-signal\n")
  }

  @Test func `short-iso has the whole time stamp with its offset`() throws {
    #expect(
      try render(Sample.line(), as: .shortISO)
        == "2026-11-22T04:12:07.005691+01:00 NOTE  web01        vm.stopped             cause=host-signal\n")
  }

  @Test func `cat is what happened to whom`() throws {
    #expect(try render(Sample.line(), as: .cat) == "web01 vm.stopped cause=host-signal\n")
  }

  @Test func `json is the line of the hub`() throws {
    #expect(try render(Sample.line(), as: .json) == Sample.line() + "\n")
  }

  @Test func `json-pretty says the same`() throws {
    let text = try render(Sample.line(data: #"{"evidence":["a","b"],"empty":{},"n":1.5}"#, raw: "x"), as: .jsonPretty)
    let parsed = try JSONParser().parse(text)
    let original = try JSONParser().parse(Sample.line(data: #"{"evidence":["a","b"],"empty":{},"n":1.5}"#, raw: "x"))
    #expect(parsed.members.map(\.name) == original.members.map(\.name))
    #expect(parsed["data"]?["evidence"]?[1]?.string == "b")
  }

  @Test func `verbose has every fact on a line of its own`() throws {
    let text = try render(
      Sample.line(data: #"{"cause":"crash","evidence":["core dumped","exit 139"],"by":{"pid":7}}"#, raw: "{}"),
      as: .verbose)
    #expect(text.hasPrefix("Sun 2026-11-22 04:12:07.005691 CET [0123456789abcdef0123456789abcdef:104217]\n"))
    for line in [
      "    kind=vm.stopped", "    severity=notice", "    origin=derived", "    name=web01", "    data.cause=crash",
      "    data.evidence=core dumped", "    data.evidence=exit 139", "    data.by.pid=7", "    raw={}",
      "    recorded=Sun 2026-11-22 04:12:07.006102 CET",
    ] {
      #expect(text.split(separator: "\n").contains(Substring(line)))
    }
  }

  @Test(arguments: [OutputFormat.short, .shortISO])
  func `no line is wider than a hundred columns, whatever a guest says`(format: OutputFormat) throws {
    let long = String(repeating: "漢字 ", count: 60)
    for line in [
      Sample.line(data: #"{"reason":"\#(long)"}"#), Sample.line(name: long), Sample.line(kind: "vm." + long),
      Sample.line(name: long, data: #"{"reason":"\#(long)"}"#),
      Sample.line(kind: "vm.net.vhost-user-disconnected", data: #"{"netdevID":"\#(long)"}"#),
      Sample.line(kind: "hub.gap", subject: "/org/vireo/Hub1", name: "", data: #"{"reason":"\#(long)"}"#),
    ] {
      let text = try render(line, as: format)
      #expect(DisplayWidth.of(String(text.dropLast())) <= 100)
      #expect(text.last == "\n")
    }
    #expect(try render(Sample.line(data: #"{"reason":"\#(long)"}"#), as: format, width: nil).count > 200)
  }

  @Test func `what was found by comparing says so`() throws {
    #expect(try render(Sample.line(origin: "resync"), as: .cat) == "web01 vm.stopped (resync) cause=host-signal\n")
  }

  @Test func `a gap that the hub recorded is printed as one`() throws {
    let line = Sample.line(
      kind: "hub.gap", severity: "warning", subject: "/org/vireo/Hub1", name: "",
      data: #"{"from":"2026-11-22T03:12:00.000000Z","to":"2026-11-22T03:12:07.000000Z","reason":"hub-down"}"#)
    let text = "-- gap: events may be missing (hub-down, Nov 22 04:12:00.000 to Nov 22 04:12:07.000) --\n"
    #expect(try render(line, as: .short) == text)
    #expect(try render(line, as: .cat) == text)
    #expect(try render(line, as: .json) == line + "\n")
  }

  @Test func `a gap in the numbers is printed with its size`() throws {
    let gap = GapRecord(first: 10, last: 129, reason: "retention")
    #expect(EventRenderer(format: .short).text(gap) == "-- gap: 120 events lost, 10 to 129 (retention) --\n")
    #expect(EventRenderer(format: .json).text(gap) == #"{"gap":{"from":10,"to":129,"reason":"retention"}}"# + "\n")
    guard case .gap(let read) = try RecordReader().item(EventRenderer(format: .json).text(gap)) else {
      Issue.record("no gap")
      return
    }
    #expect(read == gap)
  }

  @Test func `a CloudEvent has the attributes that the specification asks for`() throws {
    let text = try render(Sample.line(severity: "warning", raw: "{}"), as: .cloudEvents)
    let event = try JSONParser().parse(text)
    #expect(event["specversion"]?.string == "1.0")
    #expect(event["id"]?.string == "0123456789abcdef0123456789abcdef:00000000000000104217")
    #expect(event["source"]?.string == "//host.example/machine-id/5b0c/vireo")
    #expect(event["type"]?.string == "org.vireo.vm.stopped.v1")
    #expect(event["subject"]?.string == "vm/web01")
    #expect(event["time"]?.string == "2026-11-22T03:12:07.005691Z")
    #expect(event["recordedtime"]?.string == "2026-11-22T03:12:07.006102Z")
    #expect(event["sequence"]?.string == "00000000000000104217")
    #expect(event["severitytext"]?.string == "WARN")
    #expect(event["severitynumber"]?.int64 == 13)
    #expect(event["data"]?["data"]?["cause"]?.string == "host-signal")
    #expect(event["data"]?["raw"]?.string == "{}")
    // Names of attributes: lower-case letters and digits, at most 20 of them.
    for member in event.members {
      #expect(
        member.name.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) } && member.name.count <= 20)
    }
    #expect(text.dropLast().allSatisfy { $0 != "\n" })
  }

  @Test func `a host name becomes part of a URI`() {
    #expect(CloudEventOrigin(host: "höst/..#x").source == "//h%C3%B6st%2F..%23x/vireo")
  }
}
