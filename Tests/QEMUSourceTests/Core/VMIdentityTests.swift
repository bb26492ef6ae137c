// SPDX-License-Identifier: Apache-2.0
// Who a machine is, from texts that anyone may have chosen; and waiting times.

import QEMUSource
import Testing

@Suite struct VMIdentityTests {
  private let uuid = "12345678-90AB-cdef-1234-567890abcdef"
  private let process = ProcessIdentity(id: 4711, startTicks: 99)

  @Test func `UUID before name before process`() {
    #expect(VMIdentity(uuid: uuid, name: "web", process: process).key == uuid.lowercased())
    #expect(VMIdentity(uuid: uuid, name: "web", process: process).label == "web")
    #expect(VMIdentity(uuid: nil, name: "web", process: process).key == "web")
    #expect(VMIdentity(uuid: nil, name: nil, process: process).key == "pid-4711-99")
    #expect(VMIdentity(uuid: uuid, name: nil, process: nil).label == uuid.lowercased())
    #expect(VMIdentity(uuid: nil, name: nil, process: nil).key == nil)
  }

  @Test(arguments: [
    "00000000-0000-0000-0000-000000000000", "", "web", "12345678-90ab-cdef-1234-567890abcde",
    "12345678-90ab-cdef-1234-567890abcdef0", "1234567890abcdef1234567890abcdef1234",
    "12345678_90ab_cdef_1234_567890abcdef",
    "g2345678-90ab-cdef-1234-567890abcdef", "{2345678-90ab-cdef-1234-567890abcde}",
    "12345678-90ab-cdef-1234-567890abcd\u{e9}",
  ])
  func `what is no UUID, or the one that means none, is not taken`(_ text: String) {
    #expect(VMIdentity(uuid: text, name: "web", process: nil).uuid == "")
    #expect(VMIdentity(uuid: text, name: "web", process: nil).key == "web")
  }

  @Test func `a name is bounded and printable`() {
    let hostile = "a\n\u{1B}[2J" + String(repeating: "x", count: 10_000)
    let identity = VMIdentity(uuid: nil, name: hostile, process: nil)
    #expect(identity.name.utf8.count <= VMIdentity.nameLimit + 4)
    #expect(identity.name.hasPrefix("a\u{FFFD}\u{FFFD}[2Jx"))
  }

  @Test func `waiting times double up to a limit and are never the same for all`() {
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<100 {
      var backoff = Backoff(first: .seconds(1), limit: .seconds(30))
      for whole in [1, 2, 4, 8, 16, 30, 30, 30] {
        let wait = backoff.next(using: &generator)
        #expect(wait <= .seconds(whole) && wait >= .seconds(whole) / 2)
      }
      #expect(backoff.attempts == 8)
      backoff.reset()
      #expect(backoff.next(using: &generator) <= .seconds(1))
    }
    var endless = Backoff()
    for _ in 0..<10_000 { #expect(endless.next(using: &generator) <= .seconds(30)) }
  }
}
