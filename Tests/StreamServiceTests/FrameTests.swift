// SPDX-License-Identifier: Apache-2.0
// The wire without a socket: messages out of bytes, calls out of messages.

import JSONText
import Testing

@testable import StreamService

@Suite("Varlink: messages")
struct FrameTests {
  @Test func `messages come out whole, however their bytes came in`() {
    let bytes = Array("one\0two\0\0three".utf8)
    for size in 1...bytes.count {
      var frames = FrameBuffer()
      var found: [String] = []
      for start in stride(from: 0, to: bytes.count, by: size) {
        frames.append(bytes[start..<min(start + size, bytes.count)])
        while let message = frames.next() { found.append(String(decoding: message, as: UTF8.self)) }
      }
      #expect(found == ["one", "two", ""])
      #expect(frames.count == 5 && !frames.isOverfull)
    }
  }

  @Test func `a message without an end is noticed at the limit`() {
    var frames = FrameBuffer()
    let piece = [UInt8](repeating: 65, count: 4096)
    var pieces = 0
    while !frames.isOverfull, pieces < 1000 {
      frames.append(piece[...])
      #expect(frames.next() == nil)
      pieces += 1
    }
    #expect(pieces == FrameBuffer.messageBytes / 4096 + 1)
  }

  @Test(arguments: [
    "", "{", "[]", "null", "{}", #"{"method":1}"#, #"{"method":null}"#, #"{"method":"a.B","parameters":[]}"#,
    #"{"method":"a.B","more":1}"#, #"{"method":"a.B","oneway":"yes"}"#, "\u{FEFF}{}",
    #"{"method":"a.B","parameters":"# + String(repeating: "[", count: 50) + String(repeating: "]", count: 50) + "}",
    #"{"method":""# + String(repeating: "a", count: 256) + #""}"#,
  ])
  func `what is no call is none`(_ text: String) throws {
    #expect(VarlinkCall(Array(text.utf8), parser: try parser()) == nil)
  }

  @Test func `a call is read with its wishes and parameters`() throws {
    let text = #"{"method":"a.B","more":true,"oneway":null,"parameters":{"t":"x","n":7,"l":["a","b"],"z":null}}"#
    let call = try #require(VarlinkCall(Array(text.utf8), parser: try parser()))
    #expect(call.method == "a.B" && call.wantsMore && !call.isOneway && !call.wantsUpgrade)
    #expect(try call.text("t") == "x")
    #expect(try call.number("n") == 7)
    #expect(try call.texts("l") == ["a", "b"])
    #expect(try call.text("z") == nil)
    #expect(try call.texts("none") == [])
    #expect(throws: VarlinkError.invalidParameter("t")) { try call.number("t") }
    #expect(throws: VarlinkError.invalidParameter("n")) { try call.texts("n") }
    #expect(throws: VarlinkError.invalidParameter("l")) { try call.text("l") }
    #expect(throws: VarlinkError.invalidParameter("z")) { try call.allow("t", "n", "l") }
    try call.allow("t", "n", "l", "z")
  }

  private func parser() throws -> JSONParser {
    try JSONParser(limits: JSONLimits(bytes: FrameBuffer.messageBytes, depth: VarlinkCall.depth))
  }
}
