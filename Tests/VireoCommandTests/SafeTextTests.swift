// SPDX-License-Identifier: Apache-2.0
// Nothing that a guest says moves a terminal.

import EventModel
import Testing
import VireoCommand

@Suite struct SafeTextTests {
  @Test(arguments: [
    ("plain text, ümläut, 漢字, 👍", "plain text, ümläut, 漢字, 👍"),
    ("\u{1B}[2Jgone", "\\x1b[2Jgone"),
    ("a\u{9B}31mb", "a\\x9b31mb"),
    ("a\nb\tc\r", "a\\x0ab\\x09c\\x0d"),
    ("\u{7F}\0", "\\x7f\\x00"),
    ("abc\u{202E}txt.exe", "abc\\u{202e}txt.exe"),
    ("zero\u{200B}width\u{FEFF}", "zero\\u{200b}width\\u{feff}"),
    ("line\u{2028}paragraph\u{2029}", "line\\u{2028}paragraph\\u{2029}"),
  ])
  func `what a terminal would obey is shown by its number`(text: String, shown: String) {
    #expect(SafeText.printable(text) == shown)
  }

  @Test func `JSON keeps its meaning when it is made safe`() throws {
    let line = Sample.line(data: "{\"hostname\":\"\u{9B}31m \u{202E}evil\u{E0001} ok\"}")
    let safe = SafeText.printable(json: line)
    #expect(!safe.unicodeScalars.contains { $0.value == 0x9B || $0.value == 0x202E || $0.value == 0xE0001 })
    #expect(try Sample.event(safe).data == Sample.event(line).data)
  }

  @Test(arguments: OutputFormat.allCases)
  func `no form lets a control character through`(format: OutputFormat) throws {
    let evil = #"\u001b[2J\u009b31m\u202e\u0007\r\nroot@host# "#
    let event = try Sample.event(
      Sample.line(
        kind: "vm.qmp", name: evil, data: #"{"\#(evil)":"\#(evil)","list":["\#(evil)"],"map":{"\#(evil)":"\#(evil)"}}"#,
        raw: evil))
    let text = EventRenderer(format: format, width: nil).text(event)
    for scalar in text.unicodeScalars where scalar != "\n" {
      #expect(scalar.properties.generalCategory != .control && scalar.properties.generalCategory != .format)
    }
    let lines = text.split(separator: "\n").count
    if format != .verbose && format != .jsonPretty { #expect(lines == 1) }
    let gap = EventRenderer(format: format).text(GapRecord(first: nil, last: nil, reason: "\u{1B}[2J\n\u{9B}"))
    #expect(!gap.dropLast().unicodeScalars.contains { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) })
  }

  @Test(arguments: [
    ("web01", 5), ("漢字", 4), ("e\u{301}", 1), ("👍", 2), ("ümläut", 6), ("", 0),
  ])
  func `the width is that on the screen`(text: String, columns: Int) {
    #expect(DisplayWidth.of(text) == columns)
  }

  @Test(arguments: [("web01", 3, "we…"), ("web01", 5, "web01"), ("漢字漢字", 5, "漢字…"), ("漢字漢字", 4, "漢…"), ("x", 0, "")])
  func `what is too long is cut and says so`(text: String, columns: Int, shown: String) {
    #expect(DisplayWidth.fit(text, columns) == shown)
    #expect(DisplayWidth.of(DisplayWidth.fit(text, columns)) <= columns)
  }

  @Test func `a table cuts its widest column to the width of the terminal`() {
    var table = Table(["NAME", "STATE", "REASON"])
    table.add(["web01", "running", "\(String(repeating: "x", count: 100))"])
    table.add(["漢字", "paused", "a\u{1B}b"])
    let plain = Style(isColored: false)
    let text = table.text(width: 40, style: plain, legend: "2 machines.")
    #expect(text.hasSuffix("\n\n2 machines.\n"))
    let lines = text.split(separator: "\n").map(String.init)
    #expect(lines.count == 4)
    #expect(lines.allSatisfy { DisplayWidth.of($0) <= 40 })
    #expect(lines[0] == "NAME  STATE   REASON")
    #expect(lines[2] == "漢字  paused  a\\x1bb")
    let whole = table.text(width: nil, style: plain, legend: nil)
    #expect(whole == "web01 running \(String(repeating: "x", count: 100))\n漢字  paused  a\\x1bb\n")
  }

  @Test func `colour is for terminals only, and for those who want it`() {
    let terminal = Style(isTerminal: true, noColor: nil, term: "xterm")
    #expect(terminal.paint("x", .red) == "\u{1B}[31mx\u{1B}[0m")
    for style in [
      Style(isTerminal: false, noColor: nil, term: "xterm"),
      Style(isTerminal: true, noColor: "1", term: "xterm"),
      Style(isTerminal: true, noColor: nil, term: "dumb"),
    ] {
      #expect(style.paint("x", .red) == "x")
    }
    #expect(Style(isTerminal: true, noColor: "", term: nil).isColored)
  }
}
