// SPDX-License-Identifier: Apache-2.0
// Events, values and objects as bytes and back.

import EventModel
import Testing

@testable import Journal

@Suite("Journal: bytes")
struct CodingTests {
  private func roundTrip(_ value: Value) throws -> Value {
    var writer = ByteWriter()
    try ValueCoding.write(value, to: &writer)
    var reader = ByteReader()
    let read = try ValueCoding.value(writer.bytes.span, &reader)
    let isAtEnd = reader.isAtEnd(of: writer.bytes.span)
    #expect(isAtEnd)
    return read
  }

  private func object(_ bytes: [UInt8]) throws(CodingError) -> HubObject { try ObjectCoding.object(bytes.span) }

  @Test func `every type of value comes back as it was`() throws {
    for entry in Samples.everyValue { #expect(try roundTrip(entry.value) == entry.value) }
    #expect(try roundTrip(.map(Samples.everyValue)) == .map(Samples.everyValue))
  }

  @Test func `numbers that are no numbers keep their bits`() throws {
    for number in [Double.nan, .infinity, -.infinity, .signalingNaN] {
      #expect(try roundTrip(.double(number)).double?.bitPattern == number.bitPattern)
    }
    #expect(try roundTrip(.double(-0.0)).double?.sign == .minus)
  }

  @Test(arguments: [Int64.min, -1, 0, 1, 63, 64, -64, -65, .max])
  func `signed numbers come back`(_ number: Int64) throws {
    #expect(try roundTrip(.int(number)) == .int(number))
  }

  @Test(arguments: [UInt64.zero, 127, 128, 16_383, 16_384, .max - 1, .max])
  func `unsigned numbers come back`(_ number: UInt64) throws {
    #expect(try roundTrip(.uint(number)) == .uint(number))
  }

  /// These bytes stand in journals that exist: when this fails, the format has changed and needs a new form byte.
  @Test func `the form of values on the disk is fixed`() throws {
    var writer = ByteWriter()
    let fields: Fields = [
      "a": true, "b": -2, "c": .uint(300), "d": .double(1), "e": "x", "f": [false], "g": ["h": 1],
    ]
    try ValueCoding.write(fields, to: &writer)
    #expect(
      writer.bytes == [
        7, 1, 97, 1, 1, 98, 2, 3, 1, 99, 3, 0xAC, 2, 1, 100, 4, 0, 0, 0, 0, 0, 0, 0xF0, 0x3F, 1, 101, 5, 1, 120,
        1, 102, 6, 1, 0, 1, 103, 7, 1, 1, 104, 2, 2,
      ])
  }

  @Test func `the form of events on the disk is fixed`() {
    var writer = ByteWriter()
    EventCoding.write(
      Event(
        sequence: 7, time: Timestamp(microseconds: 99), recorded: Timestamp(microseconds: 100), kind: .vmReset,
        severity: .warning, origin: .resync, subject: Subject(.vm, "w"), name: "n", source: .hub, data: [:], raw: "r"),
      to: &writer)
    #expect(writer.bytes == [1, 4, 2, 1, 2, 1, 119, 1, 0, 1, 110, 1, 1, 114, 0, 170, 89, 67, 137])
    #expect(Checksum.key(of: Subject(.vm, "web1")) == -8_754_050_304_967_176_703)
  }

  @Test func `a check sum is made of the words that its bytes are, whatever their length and place`() {
    // The definition, a byte at a time.
    func plain(_ bytes: [UInt8], seed: UInt64) -> UInt64 {
      func mix(_ number: UInt64) -> UInt64 {
        let first = (number ^ number >> 33) &* 0xFF51_AFD7_ED55_8CCD
        let second = (first ^ first >> 33) &* 0xC4CE_B9FE_1A85_EC53
        return second ^ second >> 33
      }
      var state = seed ^ 0x9E37_79B9_7F4A_7C15 &* (UInt64(bytes.count) &+ 1)
      for start in stride(from: 0, through: bytes.count, by: 8) {
        let word = bytes[start..<min(start + 8, bytes.count)].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        state = mix(state ^ word)
      }
      return state
    }
    var generator = SplitMix(state: 7)
    for length in 0..<70 {
      let bytes = (0..<length).map { _ in UInt8.random(in: 0...255, using: &generator) }
      #expect(Checksum.hash(bytes.span, seed: UInt64(length)) == plain(bytes, seed: UInt64(length)))
      // What does not begin where a word of memory does.
      let odd = [0] + bytes
      #expect(Checksum.hash(odd.span.extracting(1...), seed: 3) == plain(bytes, seed: 3))
    }
  }

  @Test func `a writer grows with what is written, and forgets it`() {
    let long = String(repeating: "a long text ", count: 20_000)
    var writer = ByteWriter(capacity: 1)
    for _ in 0..<3 {
      writer.write(text: "short")
      writer.write(text: long)
      writer.write(fixed: UInt64.max)
      writer.write(fixed: UInt32(1))
      #expect(writer.bytes.count == 1 + 5 + 3 + long.utf8.count + 8 + 4)
      #expect(writer.bytes.starts(with: [5, 115, 104, 111, 114, 116]))
      #expect(writer.bytes.suffix(12) == [255, 255, 255, 255, 255, 255, 255, 255, 1, 0, 0, 0])
      writer.cut(to: 6)
      #expect(writer.bytes == [5, 115, 104, 111, 114, 116])
      writer.removeAll()
      #expect(writer.bytes.isEmpty)
    }
  }

  @Test func `the codes of cases differ from each other`() {
    #expect(Set(Severity.allCases.map { Codes.code($0) }).count == Severity.allCases.count)
    #expect(Set(Origin.allCases.map { Codes.code($0) }).count == Origin.allCases.count)
    #expect(Set(Subject.Category.allCases.map { Codes.code($0) }).count == Subject.Category.allCases.count)
  }

  @Test func `an event that is cut off or changed anywhere is found out`() throws {
    let event = Samples.event(5, data: Samples.everyValue, raw: "raw")
    var writer = ByteWriter()
    EventCoding.write(event, to: &writer)
    func read(_ bytes: [UInt8], sequence: UInt64 = 5) throws(CodingError) -> Event {
      try EventCoding.event(sequence: sequence, kind: event.kind, recorded: event.recorded, body: bytes.span)
    }
    #expect(try read(writer.bytes) == event)
    #expect(throws: CodingError.checksum) { try read(writer.bytes, sequence: 6) }
    for length in 0..<writer.bytes.count {
      #expect(throws: CodingError.self) { try read(Array(writer.bytes.prefix(length))) }
    }
    for position in writer.bytes.indices {
      var bytes = writer.bytes
      bytes[position] ^= 0x10
      #expect(throws: CodingError.checksum) { try read(bytes) }
    }
  }

  @Test func `random bytes are refused and never read past their end`() throws {
    var generator = SplitMix(state: 4)
    for _ in 0..<20_000 {
      let bytes = (0..<Int.random(in: 0..<40, using: &generator)).map { _ in
        UInt8.random(in: 0...9, using: &generator)
      }
      var reader = ByteReader()
      _ = try? ValueCoding.fields(bytes.span, &reader)
      _ = try? ObjectCoding.object(bytes.span)
      #expect(reader.offset <= bytes.count)
    }
  }

  @Test func `a count cannot ask for more memory than there are bytes`() {
    var writer = ByteWriter()
    writer.write(byte: 6)
    writer.write(unsigned: 1 << 40)
    var reader = ByteReader()
    #expect(throws: CodingError.truncated) { _ = try ValueCoding.value(writer.bytes.span, &reader) }
  }

  @Test func `values nested deeper than the limit are kept as text`() throws {
    var value: Value = "core"
    for _ in 0..<ValueCoding.depthLimit + 10 { value = [value] }
    let event = Samples.event(1, data: ["deep": value])
    var writer = ByteWriter()
    EventCoding.write(event, to: &writer)
    let read = try EventCoding.event(
      sequence: 1, kind: event.kind, recorded: event.recorded, body: writer.bytes.span)
    let text = try #require(read.data[EventCoding.flattened]?.string)
    #expect(text.hasPrefix(#"{"deep":[[[["#) && text.contains(#""core""#))
  }

  @Test func `an object keeps what differs from its beginning`() throws {
    var object = HubObject(Subject(.link, "3"), [.name: "tap0", .isUp: true, .mtu: .uint(1500)])
    object.set(.virtualFunctions, [["vf": 1]])
    var writer = ByteWriter()
    ObjectCoding.write(object, to: &writer)
    #expect(try self.object(writer.bytes) == object)
  }

  @Test func `a property that this version does not know is left out`() throws {
    var writer = ByteWriter()
    ObjectCoding.write(HubObject(Subject(.link, "3"), [.name: "tap0"]), to: &writer)
    writer.write(text: "Colour")
    try ValueCoding.write(Value.string("green"), to: &writer)
    #expect(try object(writer.bytes) == HubObject(Subject(.link, "3"), [.name: "tap0"]))
  }
}

/// Random numbers that are the same each time (SplitMix64, public domain).
struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
