// SPDX-License-Identifier: Apache-2.0
// Writing: escapes, commas, and that what was written reads back the same.

import JSONText
import Testing

@Suite struct JSONWriterTests {
  @Test func `commas and brackets are placed by the writer`() {
    var writer = JSONWriter()
    writer.beginObject()
    writer.name("a")
    writer.value(1)
    writer.name("b")
    writer.beginArray()
    writer.value("x")
    writer.beginObject()
    writer.endObject()
    writer.null()
    writer.value(true)
    writer.endArray()
    writer.name("c")
    writer.value(-0.5)
    writer.endObject()
    writer.endLine()
    writer.beginArray()
    writer.endArray()
    writer.endLine()
    #expect(writer.text == "{\"a\":1,\"b\":[\"x\",{},null,true],\"c\":-0.5}\n[]\n")
  }

  @Test func `every character survives writing and parsing`() throws {
    let parser = try JSONParser()
    var scalars = String.UnicodeScalarView()
    for code in UInt32(0)...0x2FFF { if let scalar = Unicode.Scalar(code) { scalars.append(scalar) } }
    scalars.append(contentsOf: "😀\u{10FFFF}\u{FFFD}".unicodeScalars)
    let text = String(scalars)
    var writer = JSONWriter()
    writer.value(text)
    #expect(!writer.bytes.contains { $0 < 0x20 })
    #expect(try parser.parse(writer.bytes).string == text)
  }

  @Test func `the shapes of the escapes`() {
    var writer = JSONWriter()
    writer.value("\"\\\u{8}\t\n\u{c}\r\u{0}\u{1f}/\u{7f}é")
    #expect(writer.text == "\"\\\"\\\\\\b\\t\\n\\f\\r\\u0000\\u001f/\u{7f}é\"")
  }

  @Test func `numbers keep their value, and what is no number becomes null`() throws {
    var writer = JSONWriter()
    writer.beginArray()
    writer.value(Int64.min)
    writer.value(UInt64.max)
    writer.value(1e300)
    writer.value(5.0)
    writer.value(Double.infinity)
    writer.value(Double.nan)
    writer.endArray()
    let values = Array(try JSONParser().parse(writer.bytes).elements)
    #expect(values[0].int64 == .min)
    #expect(values[1].uint64 == .max)
    #expect(values[2].double == 1e300)
    #expect(values[3].double == 5)
    #expect(values[4].isNull)
    #expect(values[5].isNull)
  }

  @Test func `a parsed value is written as it was read`() throws {
    let text = #"{"a":[1,-2,18446744073709551615,0.5,null,true,false],"b":{"c":"\u0001\"é","d":{}},"e":[]}"#
    var writer = JSONWriter()
    writer.value(try JSONParser().parse(text))
    #expect(writer.text == text)
    #expect(writer.take() == Array(text.utf8))
    #expect(writer.bytes.isEmpty)
  }
}
