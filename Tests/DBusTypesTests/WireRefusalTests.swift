// SPDX-License-Identifier: Apache-2.0
// What must not be sent is not written, and what is no message is not read; nothing traps.

import DBusTypes
import Testing

@Suite struct WireRefusalTests {
  @Test func `values that no message can carry are refused with a reason`() {
    let bad: [(BusValue, String)] = [
      (.string("a\0b"), "a string holds U+0000"),
      (.array("s", [.uint32(1)]), "an array of “s” holds “u”"),
      (.array("ss", []), "is not the type of"),
      (.array("", []), "is not the type of"),
      (.structure([]), "“()” is not the type of a message"),
      (.array("(s)", [.structure([])]), "holds “()”"),
      (.variant(.structure([])), "a variant of “()”"),
      (dictionary("a{sv}", .string("k"), .uint32(1)), "a dictionary “a{sv}” holds another entry"),
      (dictionary("a{sv}", .uint32(1), .variant(.byte(1))), "a dictionary “a{sv}” holds another entry"),
      (dictionary("a{s(ii)}", .string("k"), .structure([.int32(1)])), "holds another entry"),
    ]
    for (value, reason) in bad {
      let message = BusMessage.signal("/a", "b.c", "D", [value])
      let error = #expect(throws: WireError.self) { try message.encoded(serial: 1) }
      #expect(error?.cause == .invalid)
      #expect(error?.text.contains(reason) == true, "\(error?.text ?? "")")
    }
  }

  @Test func `a header without what its kind needs is refused`() {
    var call = BusMessage.call(nil, "/a", nil, "M")
    #expect(throws: Never.self) { try call.encoded(serial: 1) }
    call.member = nil
    #expect(throws: WireError.self) { try call.encoded(serial: 1) }
    #expect(throws: WireError.self) { try BusMessage(kind: .methodReturn).encoded(serial: 1) }
    #expect(throws: WireError.self) { try BusMessage(kind: .error).encoded(serial: 1) }
    #expect(throws: WireError.self) { try BusMessage(kind: .signal).encoded(serial: 1) }
    #expect(throws: WireError.self) { try BusMessage.signal("/a", .local, "Disconnected").encoded(serial: 1) }
    #expect(throws: WireError.self) {
      try BusMessage.call(nil, "/org/freedesktop/DBus/Local", "a.b", "M").encoded(serial: 1)
    }
  }

  @Test func `limits are named when they are passed`() throws {
    var limits = WireLimits()
    limits.messageBytes = 1000
    limits.values = 10
    limits.descriptors = 1
    let large = BusMessage.signal("/a", "b.c", "D", [.bytes(Array(repeating: 0, count: 2000))])
    let text = BusMessage.signal("/a", "b.c", "D", [.string(String(repeating: "x", count: 950))])
    let handles = BusMessage.signal(
      "/a", "b.c", "D", [.array("h", Array(repeating: .unixDescriptor(BusDescriptor(adopting: -1)), count: 2))])
    #expect(throws: WireError.limit("messageBytes", 1000)) { try large.encoded(serial: 1, limits: limits) }
    #expect(throws: WireError.limit("messageBytes", 1000)) { try text.encoded(serial: 1, limits: limits) }
    #expect(throws: WireError.limit("descriptors", 1)) { try handles.encoded(serial: 1, limits: limits) }
    let many = BusMessage.signal("/a", "b.c", "D", [.array("u", Array(repeating: .uint32(1), count: 10))])
    let bytes = try many.encoded(serial: 1).bytes
    #expect(throws: WireError.limit("values", 10)) { try ReceivedMessage(bytes).decoded(limits: limits) }
    let wide = try large.encoded(serial: 1).bytes
    #expect(throws: WireError.limit("messageBytes", 1000)) { try ReceivedMessage(wide).decoded(limits: limits) }
  }

  @Test func `of a message that is too large the header alone can be read`() throws {
    let bytes = try BusMessage.call(":1.1", "/a", "b.c", "M", [.bytes(Array(repeating: 7, count: 5000))])
      .encoded(serial: 5).bytes
    let length = try #require(ReceivedMessage.headerBytes(prefix: Array(bytes.prefix(16))))
    let received = try ReceivedMessage(Array(bytes.prefix(length)), length: bytes.count)
    #expect(received.header.member == "M")
    #expect(received.signature == "ay")
    #expect(throws: WireError.self) { try received.decoded() }
    #expect(throws: WireError.self) { try ReceivedMessage(Array(bytes.prefix(length + 8)), length: bytes.count) }
  }

  @Test func `a message that is cut anywhere, or longer than it says, is refused`() throws {
    let bytes = try sample()
    for length in 0..<bytes.count {
      #expect(throws: WireError.self) { try ReceivedMessage(Array(bytes.prefix(length))).decoded() }
    }
    #expect(throws: WireError.self) { try ReceivedMessage(bytes + [0]).decoded() }
  }

  @Test func `no change of any byte does harm`() throws {
    let bytes = try sample()
    var refused = 0
    for index in bytes.indices {
      for value in [0, 1, 2, 4, 7, 8, 0x28, 0x61, 0x7F, 0x80, 0xC0, 0xFF] as [UInt8] {
        var changed = bytes
        changed[index] = value
        // Read or refused: both are right, as long as reading ends.
        do { _ = try ReceivedMessage(changed).decoded() } catch { refused += 1 }
      }
    }
    #expect(refused > 500)
  }

  @Test func `what libdbus would let pass is refused as well where it could harm`() throws {
    // A boolean of 2, a string that is not UTF-8, a path that is none, padding that is not zero.
    try expectRefusal(of: .boolean(true)) { $0[0] = 2 }
    try expectRefusal(of: .string("ab")) { $0[4] = 0xFF }
    try expectRefusal(of: .string("ab")) { $0[5] = 0 }
    try expectRefusal(of: .string("ab")) { $0[6] = 1 }
    try expectRefusal(of: .objectPath("/ab")) { $0[4] = 0x2D }
    try expectRefusal(of: .signature("as")) { $0[1] = 0x28 }
    try expectRefusal(of: .variant(.uint64(1))) { $0[4] = 1 }
    try expectRefusal(of: .array("u", [.uint32(1)])) { $0[0] = 3 }
    try expectRefusal(of: .array("u", [.uint32(1)])) { $0[2] = 1 }
  }

  private func expectRefusal(of value: BusValue, after change: (inout [UInt8]) -> Void) throws {
    let whole = try BusMessage.signal("/a", "b.c", "D", [value]).encoded(serial: 1).bytes
    let start = try #require(ReceivedMessage.headerBytes(prefix: Array(whole.prefix(16))))
    var body = Array(whole[start...])
    #expect(try ReceivedMessage(Array(whole[..<start]) + body).decoded().body == [value])
    change(&body)
    #expect(throws: WireError.self) { try ReceivedMessage(Array(whole[..<start]) + body).decoded() }
  }

  private func sample() throws -> [UInt8] {
    try BusMessage.call(
      ":1.7", "/org/example", "org.example.I", "M",
      [
        .byte(1), .boolean(true), .double(2), .string("é"), .objectPath("/a"), .signature("a{sv}"), .bytes([1, 2, 3]),
        .array("(ix)", [.structure([.int32(1), .int64(2)])]), .variants([("k", .variant(.strings(["a", "b"])))]),
      ]
    ).encoded(serial: 3).bytes
  }

  private func dictionary(_ signature: String, _ key: BusValue, _ value: BusValue) -> BusValue {
    let types = Array(signature)
    guard
      let dictionary = BusDictionary(
        key: Signature(stringLiteral: String(types[2])),
        value: Signature(stringLiteral: String(types[3..<types.count - 1])),
        entries: [.init(key: key, value: value)])
    else { preconditionFailure("not a dictionary") }
    return .dictionary(dictionary)
  }
}
