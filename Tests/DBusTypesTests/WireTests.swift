// SPDX-License-Identifier: Apache-2.0
// What is written is read again, and the bytes are those of the specification.

import DBusTypes
import Testing

@Suite struct WireTests {
  @Test func `a message has the bytes that the specification says`() throws {
    var message = BusMessage.signal(
      "/a", "b.c", "D", [.byte(1), .uint32(2), .string("é"), .variants([("k", .uint64(3))])])
    message.flags = .noAutoStart
    let bytes = try message.encoded(serial: 0x0102_0304).bytes
    let expected: [UInt8] = [
      0x6C, 4, 2, 1, 48, 0, 0, 0, 4, 3, 2, 1, 62, 0, 0, 0,
      1, 1, 0x6F, 0, 2, 0, 0, 0, 0x2F, 0x61, 0, 0, 0, 0, 0, 0,
      2, 1, 0x73, 0, 3, 0, 0, 0, 0x62, 0x2E, 0x63, 0, 0, 0, 0, 0,
      3, 1, 0x73, 0, 1, 0, 0, 0, 0x44, 0, 0, 0, 0, 0, 0, 0,
      8, 1, 0x67, 0, 8, 0x79, 0x75, 0x73, 0x61, 0x7B, 0x73, 0x76, 0x7D, 0, 0, 0,
      // The body: y, padding, u, s, padding, a{sv}.
      1, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 0xC3, 0xA9, 0, 0,
      24, 0, 0, 0, 0, 0, 0, 0,
      1, 0, 0, 0, 0x6B, 0, 1, 0x74, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0,
    ]
    #expect(bytes == expected)
  }

  @Test func `the other byte order is read as well`() throws {
    let bytes: [UInt8] = [
      0x42, 2, 1, 1, 0, 0, 0, 16, 0, 0, 0, 9, 0, 0, 0, 16,
      5, 1, 0x75, 0, 0, 0, 0, 7, 8, 1, 0x67, 0, 2, 0x71, 0x74, 0,
    ]
    let body: [UInt8] = [1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5]
    let message = try ReceivedMessage(bytes + body).decoded()
    #expect(message.kind == .methodReturn)
    #expect(message.serial == 9)
    #expect(message.replySerial == 7)
    #expect(message.body == [.uint16(0x0102), .uint64(5)])
  }

  @Test func `every field of the header comes back`() throws {
    var message = BusMessage.call("org.example.A", "/a/b", "org.example.I", "M", [.string("x")])
    message.flags = [.allowInteractiveAuthorization, .noReplyExpected]
    #expect(try roundTrip(message) == with(message, serial: 77))
    var error = BusMessage(kind: .error)
    error.errorName = "org.example.Error.Bad"
    error.replySerial = .max
    error.destination = ":1.5"
    #expect(try roundTrip(error) == with(error, serial: 77))
  }

  @Test(arguments: 0..<40)
  func `any value comes back as it was`(_ seed: UInt64) throws {
    var maker = ValueMaker(seed: seed)
    for _ in 0..<50 {
      let message = BusMessage.signal("/a", "b.c", "D", (0..<3).map { _ in maker.value(depth: 0) })
      guard message.signature.rawValue.utf8.count <= 255 else { continue }
      #expect(try roundTrip(message).body == message.body)
    }
  }

  @Test func `deep values come back up to the limit`() throws {
    var value = BusValue.byte(1)
    for _ in 0..<64 { value = .variant(value) }
    let message = BusMessage.signal("/a", "b.c", "D", [value])
    #expect(try roundTrip(message).body == [value])
    let deeper = BusMessage.signal("/a", "b.c", "D", [.variant(value)])
    let error = #expect(throws: WireError.self) { try deeper.encoded(serial: 1) }
    #expect(error?.text == "past the limit depth = 64")
  }

  private func roundTrip(_ message: BusMessage) throws -> BusMessage {
    try ReceivedMessage(message.encoded(serial: 77).bytes).decoded()
  }

  private func with(_ message: BusMessage, serial: UInt32) -> BusMessage {
    var message = message
    message.serial = serial
    return message
  }
}

/// Makes values of all types, the same for the same seed.
struct ValueMaker {
  private var state: UInt64

  init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1 }

  private mutating func next(_ limit: Int) -> Int {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Int(state >> 33) % limit
  }

  private mutating func text() -> String {
    let letters = ["a", "é", "漢", "😀", " ", "\u{1}", "'", "\u{FFFE}"]
    return (0..<next(6)).map { _ in letters[next(letters.count)] }.joined()
  }

  mutating func value(depth: Int) -> BusValue {
    let bits = UInt64(next(1 << 30)) << 34 ^ UInt64(next(1 << 30))
    switch next(depth < 4 ? 17 : 12) {
    case 0: return .byte(UInt8(truncatingIfNeeded: bits))
    case 1: return .boolean(bits & 4 != 0)
    case 2: return .int16(Int16(truncatingIfNeeded: bits))
    case 3: return .uint16(UInt16(truncatingIfNeeded: bits))
    case 4: return .int32(Int32(truncatingIfNeeded: bits))
    case 5: return .uint32(UInt32(truncatingIfNeeded: bits))
    case 6: return .int64(Int64(bitPattern: bits))
    case 7: return .uint64(bits)
    case 8: return .double(Double(next(1000)) / 7)
    case 9: return .string(text())
    case 10: return .objectPath(ObjectPath.root.appending(text()) ?? .root)
    case 11: return .signature(["", "as", "a{sv}(ii)"][next(3)])
    case 12: return .bytes((0..<next(9)).map { _ in UInt8(next(256)) })
    case 13:
      let element = value(depth: depth + 1)
      return element.byte != nil ? .bytes([1]) : .array(element.signature, Array(repeating: element, count: next(4)))
    case 14: return .structure((0...next(3)).map { _ in value(depth: depth + 1) })
    case 15: return .variants((0..<next(4)).map { _ in (text(), value(depth: depth + 1)) })
    default: return .variant(value(depth: depth + 1))
    }
  }
}
