// SPDX-License-Identifier: Apache-2.0
// A signal that is written argument by argument is the same message, and never one that contradicts itself.

import DBusTypes
import Testing

@Suite struct SignalWritingTests {
  @Test func `a signal that is written as it comes has the bytes of its message`() throws {
    let values: [(String, BusValue)] = [
      ("state", .string("paused")), ("list", .strings(["a", "b"])), ("n", .uint64(7)),
    ]
    let message = BusMessage.signal(
      "/a/b", "c.d", "E", [.string("é"), .objectPath("/x"), .uint64(3), .variants(values), .strings([]), .bytes([1])])
    var writer = WireWriter()
    try writer.beginSignal("/a/b", "c.d", "E", "sota{sv}asay", serial: 9)
    try writer.argument(.string("é"))
    try writer.argument(.objectPath("/x"))
    try writer.argument(.uint64(3))
    try writer.beginVariants()
    for (name, value) in values { try writer.entry(name, value) }
    try writer.endVariants()
    try writer.argument(.strings([]))
    try writer.argument(.bytes([1]))
    try writer.endSignal()
    let bytes = writer.bytes
    #expect(try bytes == message.encoded(serial: 9).bytes)
  }

  @Test func `a signal without arguments has no types`() throws {
    var writer = WireWriter()
    try writer.beginSignal("/a", "c.d", "E", "", serial: 1)
    try writer.endSignal()
    let bytes = writer.bytes
    #expect(try bytes == BusMessage.signal("/a", "c.d", "E").encoded(serial: 1).bytes)
  }

  @Test func `arguments of other types than were declared are refused`() {
    let refused = [
      refusal { writer throws(WireError) in try writer.argument(.uint32(1)) },
      refusal { writer throws(WireError) in try writer.argument(.strings(["a"])) },
      refusal { writer throws(WireError) in try writer.beginVariants() },
      refusal { writer throws(WireError) in try writer.entry("a", .byte(1)) },
      refusal { writer throws(WireError) in try writer.endVariants() },
      refusal { _ throws(WireError) in },
      refusal { writer throws(WireError) in
        try writer.argument(.string("a"))
        try writer.argument(.string("b"))
      },
      refusal { writer throws(WireError) in
        try writer.argument(.string("a"))
        try writer.beginVariants()
        try writer.argument(.string("b"))
      },
      refusal { writer throws(WireError) in
        try writer.argument(.string("a"))
        try writer.beginVariants()
      },
      refusal { writer throws(WireError) in try writer.argument(.string("a\0")) },
      refusal(.local) { writer throws(WireError) in
        try writer.argument(.string("a"))
        try writer.beginVariants()
        try writer.endVariants()
      },
    ]
    #expect(refused.allSatisfy { $0?.cause == .invalid })
    let isFine = refusal { writer throws(WireError) in
      try writer.argument(.string("a"))
      try writer.beginVariants()
      try writer.endVariants()
    }
    #expect(isFine == nil)
  }

  @Test func `a signal that is written as it comes keeps to the limits and carries no descriptors`() {
    var limits = WireLimits()
    limits.messageBytes = 200
    let tooLarge = refusal(limits: limits, signature: "a{sv}") { writer throws(WireError) in
      try writer.beginVariants()
      for number in 0..<20 { try writer.entry("entry \(number)", .uint64(1)) }
    }
    #expect(tooLarge == .limit("messageBytes", 200))
    let handle = refusal(signature: "h") { writer throws(WireError) in
      try writer.argument(.unixDescriptor(BusDescriptor(adopting: -1)))
    }
    #expect(handle?.cause == .invalid)
  }

  /// Why a signal is refused whose arguments are written so; nil when it is not.
  private func refusal(
    _ interface: InterfaceName = "c.d", limits: WireLimits = .init(), signature: Signature = "sa{sv}",
    _ write: (inout WireWriter) throws(WireError) -> Void
  ) -> WireError? {
    var writer = WireWriter(limits: limits)
    do throws(WireError) {
      try writer.beginSignal("/a", interface, "E", signature, serial: 1)
      try write(&writer)
      try writer.endSignal()
      return nil
    } catch {
      return error
    }
  }
}
