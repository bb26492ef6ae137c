// SPDX-License-Identifier: Apache-2.0
// Listings in each of their forms.

import Testing
import VireoCommand

@Suite struct ListingTests {
  private let plain = Style(isColored: false)

  private func listing(_ rows: [[String]]) -> Listing {
    Listing(columns: ["name", "state"], more: ["path"], noun: ("VM", "VMs"), rows: rows)
  }

  @Test func `a table has the columns, a dash for what is empty, and a count`() {
    let two = listing([["web01", "running", "/a"], ["db", "", "/b"]])
    #expect(
      two.text(.table(hasLegend: true), width: nil, style: plain) == "NAME  STATE\nweb01 running\ndb    -\n\n2 VMs.\n")
    #expect(two.text(.table(hasLegend: false), width: nil, style: plain) == "web01 running\ndb    -\n")
    let one = listing([["db", "paused", "/b"]])
    #expect(one.text(.table(hasLegend: true), width: nil, style: plain).hasSuffix("\n\n1 VM.\n"))
    #expect(
      one.text(.table(hasLegend: false), width: nil, style: Style(isColored: true)) == "db \u{1B}[33mpaused\u{1B}[0m\n")
  }

  @Test func `nothing is said in words to people only`() {
    #expect(listing([]).text(.table(hasLegend: true), width: nil, style: plain) == "No VMs.\n")
    for form in [Listing.Form.table(hasLegend: false), .names, .json] {
      #expect(listing([]).text(form, width: nil, style: plain).isEmpty)
    }
  }

  @Test func `no form lets the control characters of a stranger through`() {
    let hostile = listing([["a\u{1B}[2Jb", "running", "/a"]])
    #expect(hostile.text(.names, width: nil, style: plain) == "a\\x1b[2Jb\n")
    #expect(hostile.text(.table(hasLegend: false), width: nil, style: plain) == "a\\x1b[2Jb running\n")
    #expect(
      hostile.text(.json, width: nil, style: plain) == #"{"name":"a\u001b[2Jb","state":"running","path":"/a"}"# + "\n")
  }

  @Test func `a row of another shape is not taken for one of these`() {
    #expect(listing([["web01", "running"], ["db", "paused", "/b"]]).text(.names, width: nil, style: plain) == "db\n")
  }

  @Test(arguments: [
    (false, false, false, "NAME STATE\ndb   paused\n\n1 VM.\n"), (false, false, true, "db paused\n"),
    (true, false, false, "db\n"), (false, true, true, #"{"name":"db","state":"paused","path":"/b"}"# + "\n"),
  ])
  func `the flags choose the form`(names: Bool, json: Bool, noLegend: Bool, text: String) {
    let form = Listing.Form(names: names, json: json, noLegend: noLegend)
    #expect(listing([["db", "paused", "/b"]]).text(form, width: nil, style: plain) == text)
  }
}
