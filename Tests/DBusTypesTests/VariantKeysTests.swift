// SPDX-License-Identifier: Apache-2.0
// A dictionary of prepared keys is the one that is made entry by entry.

import DBusTypes
import Testing

@Suite struct VariantKeysTests {
  private static let members: [(MemberName, BusValue)] = [
    ("Byte", .byte(1)), ("Text", .string("é")), ("Big", .uint64(1 << 40)), ("Flag", .boolean(true)),
    ("Texts", .strings(["a", "b"])), ("Bytes", .bytes([1, 2, 3])), ("Pair", .structure([.int16(-1), .double(2.5)])),
    ("Table", .variants([("k", .uint32(7))])), ("Any", .variant(.variant(.string("x")))), ("Path", .objectPath("/a")),
    ("Types", .signature("a{sv}")), ("AnyNameThatIsLongerThanFifteenBytes", .int32(-5)),
  ]

  private let keys = VariantKeys(members.map { ($0, $1.signature) })
  private let values = members.map(\.1)
  private let byHand = BusValue.variants(members.map { ($0.rawValue, $1) })

  @Test func `it equals the other, and looks the same in every place of a message`() throws {
    let prepared = BusValue.dictionary(try #require(BusDictionary(keys: keys, values: values)))
    #expect(prepared == byHand)
    #expect(Set([prepared, byHand]).count == 1)
    #expect(prepared.signature == "a{sv}")
    #expect(prepared.dictionary?["Pair"] == .structure([.int16(-1), .double(2.5)]))
    for length in 0..<9 {
      let before = BusValue.string(String(repeating: "-", count: length))
      let first = BusMessage.signal("/a", "b.c", "D", [before, prepared, .byte(9)])
      let second = BusMessage.signal("/a", "b.c", "D", [before, byHand, .byte(9)])
      #expect(try first.encoded(serial: 5).bytes == second.encoded(serial: 5).bytes)
      #expect(try ReceivedMessage(first.encoded(serial: 5).bytes).decoded().body == second.body)
    }
  }

  @Test func `one value too few, too many or of another type makes none`() {
    #expect(BusDictionary(keys: keys, values: Array(values.dropLast())) == nil)
    #expect(BusDictionary(keys: keys, values: values + [.byte(1)]) == nil)
    for index in values.indices {
      var wrong = values
      wrong[index] = .structure([.byte(1)])
      #expect(BusDictionary(keys: keys, values: wrong) == nil)
    }
    #expect(BusDictionary(keys: VariantKeys([("Two", "ss")]), values: [.string("")]) == nil)
    #expect(BusDictionary(keys: VariantKeys([]), values: [])?.entries == [])
  }

  @Test func `what is wrong within a value is refused, and the limits hold`() throws {
    let bad = VariantKeys([("Text", "s"), ("Deep", "v")])
    let zero = BusMessage.signal(
      "/a", "b.c", "D",
      [.dictionary(try #require(BusDictionary(keys: bad, values: [.string("a\0b"), .variant(.byte(1))])))])
    #expect(throws: WireError.self) { try zero.encoded(serial: 1) }
    var deep = BusValue.byte(1)
    for _ in 0..<61 { deep = .variant(deep) }
    let fits = try #require(BusDictionary(keys: bad, values: [.string(""), deep]))
    #expect(throws: Never.self) { try BusMessage.signal("/a", "b.c", "D", [.dictionary(fits)]).encoded(serial: 1) }
    let deeper = try #require(BusDictionary(keys: bad, values: [.string(""), .variant(deep)]))
    #expect(throws: WireError.limit("depth", 64)) {
      try BusMessage.signal("/a", "b.c", "D", [.dictionary(deeper)]).encoded(serial: 1)
    }
  }

  @Test func `its entries can be changed like those of any other`() throws {
    var dictionary = try #require(BusDictionary(keys: keys, values: values))
    dictionary.entries[1].value = .variant(.string("other"))
    dictionary.entries.append(.init(key: .string("More"), value: .variant(.byte(2))))
    #expect(dictionary["Text"] == .string("other"))
    #expect(dictionary["More"] == .byte(2))
    #expect(dictionary.entries.count == values.count + 1)
    #expect(BusValue.dictionary(dictionary) != byHand)
    #expect(throws: Never.self) {
      try BusMessage.signal("/a", "b.c", "D", [.dictionary(dictionary)]).encoded(serial: 1)
    }
  }
}
