// SPDX-License-Identifier: Apache-2.0
// OpenStream and the descriptor that it gives, on both brokers.

import DBusBridge
import DBusTypes
import EventModel
import Hub
import TestSupport
import Testing

@Suite(
  "Delivery: streams",
  .needs(.root, .mountNamespaces, .program("dbus-daemon"), .program("dbus-broker-launch"), .program("busctl")),
  .timeLimit(.minutes(5)))
struct StreamTests {
  @Test(arguments: TestBus.Kind.allCases)
  func `a stream gives replay and live as JSON lines, each number once`(_ kind: TestBus.Kind) async throws {
    let bus = try await TestBus(kind)
    let host = try await HubHost(bus)
    await host.publish(3000)
    let reader = try await StreamReader.open(try await Client(bus))
    reader.start()
    let end = await host.publish(3000)
    try await reader.reached(end)
    reader.expectComplete(from: 1, through: end)
    #expect(reader.contents.gaps.isEmpty)
  }

  @Test(arguments: TestBus.Kind.allCases)
  func `a line is the event as GetEventsJSON gives it`(_ kind: TestBus.Kind) async throws {
    let bus = try await TestBus(kind)
    let host = try await HubHost(bus)
    let end = await host.publish(1, text: "tab\tquote\"line\n\u{7F}ü")
    let client = try await Client(bus)
    let reply = try await client.call(
      "OpenStream", .strings([]), .strings([]), .uint64(end - 1), .variants([]))
    let owner = try #require(reply.body.first?.unixDescriptor)
    let history = try await client.call(
      "GetEventsJSON", .uint64(end - 1), .uint32(0), .strings([]), .string(""))
    var text: [UInt8] = []
    let descriptor = owner.duplicate
    while !text.contains(UInt8(ascii: "\n")), case .bytes(let bytes) = descriptor.read() { text += bytes }
    #expect(String(decoding: text, as: UTF8.self) == history.body.first?.string)
  }

  @Test(arguments: TestBus.Kind.allCases)
  func `a reader that stalls costs no memory of the hub, and catches up`(_ kind: TestBus.Kind) async throws {
    let bus = try await TestBus(kind)
    let host = try await HubHost(bus)
    let reader = try await StreamReader.open(try await Client(bus))
    let end = await host.publish(2000, text: String(repeating: "x", count: 1000))
    try await host.metrics("a stream that waits for its reader") { $0.contains("vireo_consumers{state=\"waiting\"} 1") }
    reader.start()
    try await reader.reached(end)
    reader.expectComplete(from: 1, through: end)
  }

  @Test(arguments: TestBus.Kind.allCases)
  func `retention that overtakes a reader is a line of its own`(_ kind: TestBus.Kind) async throws {
    let bus = try await TestBus(kind)
    var options = HubHost.Options()
    options.log.events = 300
    options.limits.recent = DeliveryAmount(events: 100, bytes: 1 << 20)
    let host = try await HubHost(bus, options)
    let reader = try await StreamReader.open(try await Client(bus))
    let end = await host.publish(2000, text: String(repeating: "x", count: 1000))
    reader.start()
    try await reader.reached(end)
    reader.expectComplete(from: 1, through: end)
    #expect(reader.contents.gaps.map(\.upperBound) == [end - 300])
  }

  @Test(arguments: TestBus.Kind.allCases)
  func `a reader that goes ends its stream, and a stream outlives the bus`(_ kind: TestBus.Kind) async throws {
    let bus = try await TestBus(kind)
    var options = HubHost.Options()
    options.limits.perUser = 1
    let host = try await HubHost(bus, options)
    let client = try await Client(bus)
    let reader = try await StreamReader.open(client)
    let refusal = await #expect(throws: BusError.self) { try await StreamReader.open(client) }
    #expect(refusal?.name == "org.vireo.Hub1.Error.LimitsExceeded")
    reader.start()
    try await bus.restart()
    try await reader.reached(await host.publish(100))
    let other = try await Client(bus)
    try await host.ups.atLeast(2, "times that the hub has its name")
    let full = await #expect(throws: BusError.self) { try await StreamReader.open(other) }
    #expect(full?.name == "org.vireo.Hub1.Error.LimitsExceeded")
  }

  @Test func `a reader that closes its end makes room without being written to`() async throws {
    let bus = try await TestBus(.daemon)
    var options = HubHost.Options()
    options.limits.perUser = 1
    let host = try await HubHost(bus, options)
    let client = try await Client(bus)
    for _ in 0..<20 {
      let reader = try await StreamReader.open(client, ["from": "now"])
      reader.close()
      try await host.metrics("no consumer") { !$0.contains("vireo_consumers{") }
    }
  }

  @Test(
    arguments: [
      (["nothing.*"], 0, [:], "UnknownKind"), ([], 1_000_000, [:], "CursorForeign"),
      ([], 0, ["colour": "red"], "InvalidArgument"), ([], 1, [:], "CursorExpired"),
    ] as [([String], UInt64, [String: String], String)])
  func `a wrong wish is refused with its name`(
    _ kinds: [String], _ after: UInt64, _ options: [String: String], _ error: String
  ) async throws {
    let bus = try await TestBus(.daemon)
    var hostOptions = HubHost.Options()
    hostOptions.log.events = 10
    let host = try await HubHost(bus, hostOptions)
    await host.publish(50)
    let client = try await Client(bus)
    let refusal = await #expect(throws: BusError.self) {
      try await StreamReader.open(client, kinds: kinds, after: after, options)
    }
    #expect(refusal?.name.rawValue == "org.vireo.Hub1.Error.\(error)")
  }
}
