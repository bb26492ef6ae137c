// SPDX-License-Identifier: Apache-2.0
// Names are what the specification says, and nothing else.

import DBusTypes
import Testing

@Suite struct NamesTests {
  private static let long = String(repeating: "a", count: 250)

  @Test(arguments: [":1.42", "org.example", "org.example.Hub-2", "a._b", ":1.a-b", "a.\(long)"])
  func `a bus name has two elements or more`(_ text: String) {
    #expect(BusName(text)?.rawValue == text)
  }

  @Test(arguments: [
    "", "org", ".org.x", "org.x.", "org..x", "org.2x", "2org.x", "org.x y", "org.é", ":", ":1", ":.1", "org.x\0",
    "a.b.\(long)aa", "org/x.y",
  ])
  func `what is no bus name is refused`(_ text: String) { #expect(BusName(text) == nil) }

  @Test func `a unique name is known by its colon`() {
    #expect((":1.2" as BusName).isUnique)
    #expect(!BusName.bus.isUnique)
  }

  @Test(arguments: ["org.example.Hub1", "a.b", "_a._2", "org.freedesktop.DBus"])
  func `an interface or error name has two elements or more`(_ text: String) {
    #expect(InterfaceName(text)?.rawValue == text)
    #expect(ErrorName(text)?.rawValue == text)
  }

  @Test(arguments: ["", "org", "org.x-y", "org.2x", "a.", ".a", "a..b", ":1.2", "a.b\n", "a.b.\(long)aa"])
  func `what is no interface or error name is refused`(_ text: String) {
    #expect(InterfaceName(text) == nil)
    #expect(ErrorName(text) == nil)
  }

  @Test func `a member has letters, digits and underscores, and no digit first`() {
    for text in ["Get", "_get2", "g"] { #expect(MemberName(text)?.rawValue == text) }
    for text in ["", "2nd", "a.b", "a-b", "é", "a\0", String(repeating: "a", count: 256)] {
      #expect(MemberName(text) == nil)
    }
    #expect(MemberName(String(repeating: "a", count: 255)) != nil)
  }

  @Test func `an object path has elements that each follow one slash`() {
    for text in ["/", "/a", "/org/example/Hub1/vm/_2d"] { #expect(ObjectPath(text)?.rawValue == text) }
    for text in ["", "a", "/a/", "//", "/a//b", "/a-b", "/é", "/a\0", "/" + String(repeating: "a", count: 65_536)] {
      #expect(ObjectPath(text) == nil)
    }
    #expect(ObjectPath("/" + String(repeating: "a", count: 65_535)) != nil)
  }

  @Test func `a path knows its parent, its last element and what lies below it`() {
    let path: ObjectPath = "/org/example/Hub1"
    #expect(path.parent == "/org/example")
    #expect(path.lastElement == "Hub1")
    #expect(("/org" as ObjectPath).parent == .root)
    #expect(ObjectPath.root.parent == nil)
    #expect(path.isBelow("/org"))
    #expect(path.isBelow(.root))
    #expect(!path.isBelow(path))
    #expect(!path.isBelow("/org/exam"))
    #expect(!ObjectPath.root.isBelow(.root))
  }

  @Test(arguments: [
    ("", "_"), ("web1", "web1"), ("web-1", "web_2d1"), ("1web", "_31web"), ("_", "_5f"), ("é", "_c3_a9"),
    ("a b", "a_20b"),
    ("/", "_2f"), ("\0", "_00"), ("22", "_322"),
  ])
  func `any text becomes one element of a path, and back`(_ text: String, _ element: String) {
    #expect(ObjectPath.escape(text) == element)
    #expect(ObjectPath.unescape(element) == text)
    #expect(ObjectPath.root.appending(text)?.rawValue == "/" + element)
  }

  @Test(arguments: ["", "_2", "_2D", "_zz", "a_", "_61", "1a", "_ff", "a-b"])
  func `an element that no text becomes is refused`(_ element: String) {
    #expect(ObjectPath.unescape(element) == nil)
  }

  @Test func `a program's own bad name is found when its line runs`() async {
    await #expect(processExitsWith: .failure) { _ = "no interface" as InterfaceName }
    await #expect(processExitsWith: .failure) { _ = "/a/" as ObjectPath }
    await #expect(processExitsWith: .failure) { _ = "a{" as Signature }
  }
}
