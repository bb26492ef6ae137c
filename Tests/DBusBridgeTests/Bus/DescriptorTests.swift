// SPDX-License-Identifier: Apache-2.0
// Descriptors travel in both directions, and none stays behind.

import BusTestSupport
import DBusTypes
import Foundation
import TestSupport
import Testing

@testable import DBusBridge

@Suite(.needs(.root, .mountNamespaces, .program("dbus-daemon"), .program("dbus-broker-launch"), .program("gdbus")))
struct DescriptorTests {
  @Test(arguments: TestBus.Kind.allCases)
  func `a descriptor arrives open, in an answer and in an argument, at any depth`(_ kind: TestBus.Kind) async throws {
    let bus = try await TestBus(kind)
    let (service, client) = try await pair(bus)
    let opened = try await client.bus.call(EchoService.call("Open"))
    let end = try #require(opened.body.first?.unixDescriptor)
    #expect(read(end) == "through a pipe")

    let pipe = Pipe()
    let writer = BusDescriptor(adopting: dup(pipe.fileHandleForWriting.fileDescriptor))
    let deep = BusValue.variants([
      ("a", .structure([.uint32(1), .unixDescriptor(writer)])), ("b", .array("h", [.unixDescriptor(writer)])),
      ("c", .dictionary(key: "s", value: "h", [(.string("k"), .unixDescriptor(writer))])), ("d", .bytes([1, 2])),
      ("e", .array("(ybnqiuxtdsogv)", [everything])),
    ])
    let reply = try await client.bus.call(EchoService.call("Echo", .variant(deep)))
    let value = try #require(reply.body.first?.variant?.dictionary)
    let ends = [
      value["a"]?.structure?[1].unixDescriptor, value["b"]?.array?.first?.unixDescriptor,
      value["c"]?.dictionary?["k"]?.unixDescriptor,
    ].compactMap(\.self)
    #expect(ends.count == 3)
    for (number, end) in ends.enumerated() {
      FileHandle(fileDescriptor: end.rawValue).write(Data("\(number)".utf8))
    }
    #expect(read(BusDescriptor(adopting: dup(pipe.fileHandleForReading.fileDescriptor))) == "012")
    #expect(value["d"] == .bytes([1, 2]))
    #expect(value["e"]?.array == [everything])
    withExtendedLifetime(service) {}
  }

  @Test func `a descriptor that was sent is closed with the last value that holds it, not with the next message`()
    async throws
  {
    let bus = try await TestBus()
    let (service, client) = try await pair(bus)
    let pipe = Pipe()
    try await echo(BusDescriptor(adopting: dup(pipe.fileHandleForWriting.fileDescriptor)), client)
    try pipe.fileHandleForWriting.close()
    // Nothing of client or service may hold the writing end any more: this reads the end of the pipe, or waits for ever.
    let end = Recorder<Int>()
    pipe.fileHandleForReading.readabilityHandler = { end.append($0.availableData.count) }
    #expect(try await end.first { _ in true } == 0)
    pipe.fileHandleForReading.readabilityHandler = nil
    withExtendedLifetime(service) {}
  }

  @Test func `a client of another make takes the descriptor too`() async throws {
    let bus = try await TestBus()
    let (service, _) = try await pair(bus)
    let result = try await runTool(
      "gdbus", "call", "--address", bus.address, "--dest", "org.example.Echo1", "--object-path", "/org/example/Echo1",
      "--method", "org.example.Echo1.Main.Open")
    #expect(result.output.contains("handle 0"), "\(result)")
    withExtendedLifetime(service) {}
  }

  @Test func `no descriptor is left over by calls, refusals, reconnections or connections that end`() async {
    await #expect(processExitsWith: .success) {
      let bus = try await TestBus()
      let (service, client) = try await DescriptorTests.pair(bus)
      func round() async throws {
        for _ in 0..<20 { _ = try await client.bus.call(EchoService.call("Open")) }
        let handles = BusValue.array("h", (0..<8).map { _ in .unixDescriptor(BusDescriptor(adopting: openNull())) })
        _ = try await client.bus.call(EchoService.call("Echo", .variant(handles)))
        let refused = try? await client.bus.call(EchoService.call("Add", handles))
        precondition(refused == nil)
        let states = (service.states.count, client.states.count)
        let names = Recorder<NameEvent>()
        await service.bus.own(EchoService.name) { names.append($0) }
        try await bus.restart()
        try await service.connected(from: states.0)
        try await client.connected(from: states.1)
        try await names.first { $0 == .acquired }
        let other = try await Peer.connected(bus)
        try await other.bus.roundTrip()
        await other.bus.stop()
      }
      try await round()
      try await DescriptorTests.settled(client)
      let before = openDescriptors()
      for _ in 0..<12 {
        try await round()
      }
      try await DescriptorTests.settled(client)
      let after = openDescriptors()
      // Two loops are ending in other threads while this is counted: each has an epoll and a wake-up descriptor.
      precondition(after <= before + 4, "\(before) descriptors before, \(after) after")
    }
  }

  /// Sends a descriptor there and back, and keeps nothing of it.
  private func echo(_ descriptor: BusDescriptor, _ client: Peer) async throws {
    _ = try await client.bus.call(EchoService.call("Echo", .variant(.unixDescriptor(descriptor))))
  }

  private static func settled(_ client: Peer) async throws {
    for _ in 0..<5 { try await client.bus.roundTrip() }
  }

  private static func pair(_ bus: TestBus) async throws -> (service: Peer, client: Peer) {
    let service = try await Peer.connected(bus)
    await service.bus.export(EchoService.object())
    try await service.own(EchoService.name)
    return (service, try await Peer.connected(bus))
  }

  private func pair(_ bus: TestBus) async throws -> (service: Peer, client: Peer) { try await Self.pair(bus) }

  /// One of each basic type.
  private var everything: BusValue {
    .structure([
      .byte(255), .boolean(true), .int16(-2), .uint16(.max), .int32(-3), .uint32(.max), .int64(.min), .uint64(.max),
      .double(-0.5), .string("é"), .objectPath("/a"), .signature("a{sv}"), .variant(.variant(.byte(1))),
    ])
  }

  private func read(_ descriptor: BusDescriptor) -> String {
    String(decoding: FileHandle(fileDescriptor: descriptor.rawValue).availableData, as: UTF8.self)
  }
}
