// SPDX-License-Identifier: Apache-2.0
// Parsing: what is taken, what is refused, and how it reads.

import JSONText
import Testing

@Suite struct JSONParserTests {
  private func parse(_ text: String, limits: JSONLimits = JSONLimits()) throws -> JSONValue {
    try JSONParser(limits: limits).parse(text)
  }

  @Test func `a QMP event reads by name, type and place`() throws {
    let event = try parse(
      #"{"timestamp": {"seconds": 1760000000, "microseconds": 339563}, "event": "BLOCK_JOB_COMPLETED", "#
        + #""data": {"device": "d0", "len": 10737418240, "list": [1, "two", null, true], "ratio": 0.5}}"#)
    #expect(event.kind == .object)
    #expect(event.count == 3)
    #expect(event["event"]?.string == "BLOCK_JOB_COMPLETED")
    #expect(event["event"]?.isString("BLOCK_JOB_COMPLETED") == true)
    #expect(event["event"]?.isString("BLOCK_JOB_COMPLETE") == false)
    #expect(event["event"]?.stringLength == 19)
    #expect(event["timestamp"]?["microseconds"]?.int64 == 339563)
    let data = try #require(event["data"])
    #expect(data["len"]?.uint64 == 10_737_418_240)
    #expect(data["ratio"]?.double == 0.5)
    #expect(data["absent"] == nil)
    let list = try #require(data["list"])
    #expect(list.count == 4)
    #expect(list[1]?.string == "two")
    #expect(list[2]?.isNull == true)
    #expect(list[3]?.bool == true)
    #expect(list[4] == nil)
    #expect(data.members.map(\.name) == ["device", "len", "list", "ratio"])
  }

  @Test func `asking for the wrong type gives nil`() throws {
    let list = try parse(#"["1", 1, 1.5, -1, true, null, {}, []]"#)
    let values = Array(list.elements)
    #expect(values.map(\.kind) == [.string, .integer, .double, .integer, .bool, .null, .object, .array])
    #expect(values.map { $0.string != nil } == [true, false, false, false, false, false, false, false])
    #expect(values.map { $0.int64 != nil } == [false, true, false, true, false, false, false, false])
    #expect(values.map { $0.uint64 != nil } == [false, true, false, false, false, false, false, false])
    #expect(values.map { $0.double != nil } == [false, true, true, true, false, false, false, false])
    #expect(values.map { $0.bool != nil } == [false, false, false, false, true, false, false, false])
    #expect(values.map { $0["name"] == nil }.allSatisfy { $0 })
    #expect(values.map { $0[0] == nil }.allSatisfy { $0 })
    #expect(values.map(\.count) == [0, 0, 0, 0, 0, 0, 0, 0])
  }

  @Test func `whole numbers keep all their digits up to 64 bits`() throws {
    let list = try parse("[9223372036854775807, -9223372036854775808, 9223372036854775808, 18446744073709551615]")
    let values = Array(list.elements)
    #expect(values[0].int64 == .max)
    #expect(values[1].int64 == .min)
    #expect(values[2].kind == .unsigned)
    #expect(values[2].int64 == nil)
    #expect(values[2].uint64 == 1 << 63)
    #expect(values[3].uint64 == .max)
    #expect(values[3].double == 18446744073709551615.0)
  }

  @Test(arguments: ["18446744073709551616", "-9223372036854775809", "1e400", "01", "+1", "1.", ".5", "0x10", "NaN"])
  func `a number that no type holds is refused`(_ text: String) throws {
    let parser = try JSONParser()
    #expect(throws: JSONError.self) { try parser.parse("[\(text)]") }
    #expect(try parser.parse("[1]").count == 1)
  }

  @Test func `escapes become the text they mean`() throws {
    let value = try parse(#"["\u0041\n\t\"\\\/\b\f\r", "\ud83d\ude00", "\u0000end", "päd"]"#)
    let texts = value.elements.map { $0.string ?? "" }
    #expect(texts == ["A\n\t\"\\/\u{8}\u{c}\r", "😀", "\0end", "päd"])
  }

  @Test(arguments: [#""\ud83d""#, #""\ud83dx""#, #""\ud83d\u0041""#, #""\ude00""#, #""\ude00\ud83d""#])
  func `half of a surrogate pair never becomes a broken string`(_ text: String) throws {
    do {
      let text = try parse(text).string ?? ""
      #expect(text.unicodeScalars.contains("\u{FFFD}"))
      #expect(String(validating: Array(text.utf8), as: UTF8.self) == text)
    } catch let error as JSONError {
      #expect(error == .invalidString)
    }
  }

  @Test func `hostile texts are refused by name`() throws {
    let parser = try JSONParser()
    let cases: [([UInt8], JSONError)] = [
      ([], .empty),
      (Array("  \n ".utf8), .empty),
      (Array("{\"a\":\"".utf8) + [0xFF, 0xFE] + Array("\"}".utf8), .invalidUTF8),
      (Array("\"".utf8) + [0xC0, 0x80] + Array("\"".utf8), .invalidUTF8),
      (Array("\"".utf8) + [0xED, 0xA0, 0x80] + Array("\"".utf8), .invalidUTF8),
      (Array("\"a\u{0}b\"".utf8), .controlCharacter),
      (Array("\"a\nb\"".utf8), .controlCharacter),
      (Array("\"abc".utf8), .unclosedString),
      (Array(#""\x""#.utf8), .invalidString),
      (Array(#""\u12"#.utf8) + Array("\"".utf8), .invalidString),
    ]
    for (text, expected) in cases {
      #expect(throws: expected, "\(text)") { try parser.parse(text) }
    }
    for text in ["(qemu) ", "{", "}", "{\"a\" 1}", "{\"a\":1,}", "[1 2]", "{} {}", "tru", "nulll", "{1:2}", "\u{0}{}"] {
      #expect(throws: JSONError.self, "\(text)") { try parser.parse(text) }
    }
    #expect(try parser.parse(#"{"still":"alive"}"#)["still"]?.string == "alive")
  }

  @Test(arguments: [1, 16, 128])
  func `nesting is taken up to the limit and refused one level above`(_ depth: Int) throws {
    let parser = try JSONParser(limits: JSONLimits(depth: depth))
    let nested = { (levels: Int) in String(repeating: "[", count: levels) + "1" + String(repeating: "]", count: levels)
    }
    #expect(try parser.parse(nested(depth)).kind == .array)
    #expect(throws: JSONError.tooDeep) { try parser.parse(nested(depth + 1)) }
    #expect(throws: JSONError.tooDeep) { try parser.parse(nested(100_000)) }
    #expect(try parser.parse(nested(depth)).kind == .array)
  }

  @Test func `200 levels of nesting are refused by default`() throws {
    let text = String(repeating: #"{"a":"#, count: 200) + "1" + String(repeating: "}", count: 200)
    let parser = try JSONParser()
    #expect(throws: JSONError.tooDeep) { try parser.parse(text) }
  }

  @Test func `a text above the byte limit is refused before it is read`() throws {
    let parser = try JSONParser(limits: JSONLimits(bytes: 1 << 20))
    let text = [UInt8](repeating: UInt8(ascii: " "), count: 64 << 20)
    #expect(throws: JSONError.tooLarge) { try parser.parse(text) }
    #expect(try parser.parse("1").int64 == 1)
  }

  @Test func `a large text is read whole`() throws {
    var writer = JSONWriter()
    writer.beginArray()
    for number in 0..<100_000 { writer.value("item number \(number)") }
    writer.endArray()
    let value = try JSONParser().parse(writer.bytes)
    #expect(value.count == 100_000)
    var number = 0
    for element in value.elements {
      guard element.string == "item number \(number)" else {
        Issue.record("element \(number) reads \(element.string ?? "nothing")")
        break
      }
      number += 1
    }
  }

  @Test func `a value outlives its parser and the next text`() throws {
    var parser: JSONParser? = try JSONParser()
    let first = try parser?.parse(#"{"text":"first, and longer than a small string"}"#)
    _ = try parser?.parse(#"{"text":"second"}"#)
    parser = nil
    #expect(first?["text"]?.string == "first, and longer than a small string")
  }

  @Test func `the first of two members with one name counts`() throws {
    let value = try parse(#"{"a":1,"a":2}"#)
    #expect(value["a"]?.int64 == 1)
    #expect(value.members.map { $0.value.int64 } == [1, 2])
  }
}
