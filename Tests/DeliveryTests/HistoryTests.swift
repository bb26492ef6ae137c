// SPDX-License-Identifier: Apache-2.0
// History over the bus: pages of a bounded size, whatever the events hold.

import DBusBridge
import DBusTypes
import EventModel
import TestSupport
import Testing

@Suite(
  "Delivery: history",
  .needs(.root, .mountNamespaces, .program("dbus-daemon"), .program("dbus-broker-launch"), .program("busctl")),
  .timeLimit(.minutes(5)))
struct HistoryTests {
  /// What makes a reply large: much text, text that JSON writes six times as long, many small values, many events.
  enum Shape: String, CaseIterable, CustomTestStringConvertible {
    case text, controls, numbers, maps, small
    var testDescription: String { rawValue }

    var data: Fields {
      switch self {
      case .text: ["text": .string(String(repeating: "x", count: 30_000))]
      case .controls: ["text": .string(String(repeating: "\u{1}", count: 5000))]
      case .numbers: ["list": .list((0..<1200).map { .int($0) })]
      case .maps: ["list": .list((0..<200).map { .map(["a": .bool(true), "b": .uint($0)]) })]
      case .small: [:]
      }
    }
    /// How many make several pages.
    var count: Int {
      switch self {
      case .text, .numbers, .maps: 100
      case .controls: 300
      case .small: 5000
      }
    }
  }

  @Test(arguments: TestBus.Kind.allCases, Shape.allCases)
  func `no reply reaches 1 MiB, and the pages together are everything`(
    _ kind: TestBus.Kind, _ shape: Shape
  ) async throws {
    let bus = try await TestBus(kind)
    let host = try await HubHost(bus)
    let end = await host.publish(shape.count, data: shape.data)
    let client = try await Client(bus)
    for member in ["GetEvents", "GetEventsJSON"] as [MemberName] {
      var (numbers, pages, largest) = ([UInt64](), 0, 0)
      while numbers.last != end {
        let reply = try await client.call(
          member, .uint64(numbers.last ?? 0), .uint32(10_000), .strings([]), .string(""))
        var writer = WireWriter()
        _ = try writer.write(reply, serial: 1)
        largest = max(largest, writer.bytes.count)
        pages += 1
        let found = try self.numbers(in: reply.body[0])
        try #require(!found.isEmpty)
        numbers += found
      }
      #expect(numbers == Array(1...end))
      #expect(pages > 1, "the limit was met")
      #expect(largest < 1 << 20)
      #expect(largest > 64 << 10, "a page is worth its call")
    }
  }

  private func numbers(in value: BusValue) throws -> [UInt64] {
    guard let text = value.string else { return (value.array ?? []).compactMap { $0.structure?.first?.uint64 } }
    return try text.utf8.split(separator: UInt8(ascii: "\n")).map { line in
      // The number is the second member, and the first has a fixed length.
      let members = line.prefix(100).split(separator: UInt8(ascii: ","))
      let digits = try #require(members.dropFirst().first).drop { $0 != UInt8(ascii: ":") }.dropFirst()
      return try #require(UInt64(Substring(digits)))
    }
  }
}
