// SPDX-License-Identifier: Apache-2.0
// Values know their types, and give themselves only to who asks for the right one.

import DBusTypes
import Testing

@Suite struct BusValueTests {
  @Test func `every value knows its signature`() {
    let expected: [(BusValue, Signature)] = [
      (.byte(1), "y"), (.boolean(true), "b"), (.int16(1), "n"), (.uint16(1), "q"), (.int32(1), "i"), (.uint32(1), "u"),
      (.int64(1), "x"), (.uint64(1), "t"), (.double(1), "d"), (.string(""), "s"), (.objectPath("/"), "o"),
      (.signature("as"), "g"), (.bytes([1]), "ay"), (.strings(["a"]), "as"), (.array("(ii)", []), "a(ii)"),
      (.structure([.byte(1), .structure([.string("")])]), "(y(s))"), (.variants([("a", .byte(1))]), "a{sv}"),
      (.dictionary(key: "o", value: "a{sv}", []), "a{oa{sv}}"), (.variant(.strings([])), "v"),
      (.unixDescriptor(BusDescriptor(adopting: -1)), "h"), (.objectPaths([.root]), "ao"),
    ]
    for (value, signature) in expected {
      #expect(value.signature == signature)
      #expect(value.hasSignature(signature))
      #expect(!value.hasSignature("(ttt)"))
      #expect(!value.hasSignature(value == .byte(1) ? "b" : "y"))
    }
  }

  @Test func `a reader gives the value of its own type and nil of every other`() {
    #expect(BusValue.string("a").string == "a")
    #expect(BusValue.objectPath("/a").string == nil)
    #expect(BusValue.uint64(1).uint64 == 1)
    #expect(BusValue.uint64(1).uint32 == nil)
    #expect(BusValue.strings(["a", "b"]).strings == ["a", "b"])
    #expect(BusValue.array("o", []).strings == nil)
    #expect(BusValue.variant(.byte(7)).variant == .byte(7))
    #expect(BusValue.variant(.byte(7)).byte == nil)
    #expect(BusValue.boolean(false).boolean == false)
    #expect(BusValue.double(1.5).double == 1.5)
    #expect(BusValue.structure([.byte(1)]).structure == [.byte(1)])
    #expect(BusValue.bytes([1, 2]).bytes == [1, 2])
    #expect(BusValue.bytes([]).array == nil)
  }

  @Test func `an integer of any width is read as one, unless it does not fit`() {
    let sevens: [BusValue] = [
      .byte(7), .int16(7), .uint16(7), .int32(7), .uint32(7), .int64(7), .uint64(7),
    ]
    #expect(sevens.allSatisfy { $0.integer == 7 })
    #expect(BusValue.uint64(.max).integer == nil)
    #expect(BusValue.string("7").integer == nil)
  }

  @Test func `text of a stranger loses nothing but what the bus cannot carry`() {
    #expect(BusValue.text("a\0b\u{1F}é") == .string("a\u{FFFD}b\u{1F}é"))
    #expect(BusValue.text("plain") == .string("plain"))
    #expect(BusValue.text("\r\n\0") == .string("\r\n\u{FFFD}"))
  }

  @Test func `a dictionary is looked up by text, without the variant around it`() {
    let value = BusValue.variants([("a", .uint32(1)), ("b", .string("x")), ("a", .uint32(2))])
    #expect(value.dictionary?["a"] == .uint32(2))
    #expect(value.dictionary?["b"] == .string("x"))
    #expect(value.dictionary?["c"] == nil)
    #expect(BusDictionary(key: "as", value: "s") == nil)
    #expect(BusDictionary(key: "v", value: "s") == nil)
    #expect(BusDictionary(key: "s", value: "ss") == nil)
    #expect(BusDictionary(key: "", value: "s") == nil)
  }

  @Test func `a value is small`() {
    // Thousands of objects keep theirs.
    #expect(MemoryLayout<BusValue>.stride <= 24)
  }
}
