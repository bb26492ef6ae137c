// SPDX-License-Identifier: Apache-2.0
// Reading lines of a monitor: members in any order, unknown members, and what is refused by name.

import JSONText
import QEMUSource
import Testing

@Suite struct QMPMessageTests {
  @Test func `a greeting tells version and package`() throws {
    let text = #"""
      {"QMP": {"version": {"qemu": {"micro": 22, "minor": 2, "major": 7}, "package": "Debian 1:7.2"}, "capabilities": ["oob"]}}
      """#
    guard case .greeting(let greeting) = try message(text) else {
      Issue.record("no greeting")
      return
    }
    #expect(greeting.version.description == "7.2.22")
    #expect(greeting.package == "Debian 1:7.2")
  }

  @Test(arguments: [#"{"QMP":{}}"#, #"{"QMP":{"version":{"qemu":{"major":"7"},"package":7}}}"#])
  func `a greeting without a version is one all the same`(_ text: String) throws {
    guard case .greeting(let greeting) = try message(text) else {
      Issue.record("no greeting")
      return
    }
    #expect(greeting.version == QEMUVersion(major: 0, minor: 0, micro: 0))
    #expect(greeting.package == "")
  }

  @Test func `an event reads in any order of members`() throws {
    for text in [
      #"{"timestamp":{"seconds":1760000000,"microseconds":7},"event":"RESET","data":{"guest":true}}"#,
      #"{"data":{"guest":true},"new":1,"event":"RESET","timestamp":{"microseconds":7,"seconds":1760000000,"x":0}}"#,
    ] {
      let event = try event(text)
      #expect(event.name == "RESET")
      #expect(event.microseconds == 1_760_000_000_000_007)
      #expect(event.data?["guest"]?.bool == true)
    }
  }

  @Test(arguments: [
    #"{"seconds":-1,"microseconds":-1}"#, #"{"seconds":1,"microseconds":1000000}"#,
    #"{"seconds":9223372036854775807,"microseconds":0}"#,
    #"{"seconds":"1","microseconds":0}"#, #"{"seconds":1}"#, "{}", "[]", "7", "null",
  ])
  func `a time that cannot be is no time`(_ stamp: String) throws {
    #expect(try event(#"{"timestamp":\#(stamp),"event":"STOP"}"#).microseconds == nil)
  }

  @Test func `replies carry their ID, or none`() throws {
    guard case .reply(let id, .success(let value)) = try message(#"{"return":{"a":1},"id":7}"#)
    else {
      Issue.record("no reply")
      return
    }
    #expect(id == 7)
    #expect(value["a"]?.int64 == 1)
    guard
      case .reply(let other, .failure(let failure)) = try message(
        #"{"error":{"class":"CommandNotFound","desc":"no such thing"}}"#)
    else {
      Issue.record("no error")
      return
    }
    #expect(other == nil)
    #expect(failure.errorClass == "CommandNotFound")
    #expect(failure.text == "no such thing")
    for id in [#""7""#, "-7", "7.5", "[7]", "null"] {
      guard case .reply(nil, .success) = try message("{\"return\":{},\"id\":\(id)}") else {
        Issue.record("ID \(id) was taken for one of ours")
        continue
      }
    }
  }

  @Test(arguments: [
    ("[]", QMPMessage.Refusal.notAnObject), ("7", .notAnObject), ("\"event\"", .notAnObject),
    ("null", .notAnObject),
    ("{}", .unknownMessage), (#"{"execute":"quit"}"#, .unknownMessage),
    (#"{"QMP":7}"#, .unknownMessage),
    (#"{"event":7}"#, .malformedEvent), (#"{"event":""}"#, .malformedEvent),
    (#"{"event":["STOP"]}"#, .malformedEvent),
    (#"{"error":"no"}"#, .malformedError),
    (#"{"error":{"class":7,"desc":"x"},"id":1}"#, .malformedError),
  ])
  func `what is no message is refused by name`(_ text: String, _ refusal: QMPMessage.Refusal) throws {
    let value = try json(text)
    #expect(throws: refusal) { try QMPMessage(value) }
  }

  @Test func `texts from outside are bounded`() throws {
    let long = String(repeating: "ä", count: 5000)
    #expect(throws: QMPMessage.Refusal.malformedEvent) { try message("{\"event\":\"\(long)\"}") }
    guard
      case .reply(_, .failure(let failure)) = try message(
        #"{"error":{"class":"\#(long)","desc":"\#(long)"}}"#)
    else {
      Issue.record("no error")
      return
    }
    #expect(failure.errorClass.utf8.count <= QMPFailure.limit)
    #expect(failure.text.utf8.count <= QMPFailure.limit)
    #expect(failure.text.hasSuffix("ä…"))
  }

  @Test func `control characters do not reach a terminal`() {
    #expect(
      "a\u{1B}[31mb\nc\u{7F}\u{9B}d\u{202E}e".printable(limit: 100)
        == "a\u{FFFD}[31mb\u{FFFD}c\u{FFFD}\u{FFFD}d\u{FFFD}e")
    #expect("plain".printable(limit: 100) == "plain")
    #expect("größer".printable(limit: 100) == "größer")
    #expect("1234567890".printable(limit: 6) == "123…")
  }
}
