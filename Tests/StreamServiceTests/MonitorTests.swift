// SPDX-License-Identifier: Apache-2.0
// Monitor: what is there, then every event, and what becomes of who does not read.

import EventModel
import Foundation
import Hub
import StreamService
import TestSupport
import Testing

@Suite("Varlink: Monitor", .timeLimit(.minutes(2)))
struct MonitorTests {
  private static let more = #","more":true"#

  @Test func `first what is there with its number, then every event after it`() async throws {
    let host = try await ServiceHost(machines: 300)
    let client = try VarlinkClient.reading(host.path)
    // Events come all the while, so that the number of the snapshot lies somewhere among them.
    async let publishing = host.publish(3000)
    client.call("Monitor", flags: Self.more)
    let end = await publishing
    try await client.replies.first("the last event", within: Patience.standard) { $0.numbers.last == end }
    let replies = client.replies.all
    let sequence = try #require(replies.first?["parameters"]?["sequence"]?.int)
    #expect(replies.first?["parameters"]?["instance"]?.string == host.hub.instance.description)
    let snapshot = replies.filter { $0["parameters"]?["objects"] != nil }
    #expect(snapshot.count >= 5, "in pieces")
    #expect(snapshot.map { $0["parameters"]?["complete"]?.bool } == snapshot.dropLast().map { _ in false } + [true])
    let names = snapshot.flatMap { $0["parameters"]?["objects"]?.array ?? [] }.compactMap { $0["name"]?.string }
    #expect(Set(names).isSuperset(of: (0..<300).map { "vm\($0)" }))
    #expect(replies.flatMap(\.numbers) == Array(UInt64(sequence) + 1...end), "each once, none between")
    #expect(replies.allSatisfy { $0["continues"]?.bool == true })
    let states = snapshot.flatMap { $0["parameters"]?["objects"]?.array ?? [] }
    let lasts = states.compactMap { $0["properties"]?["LastEvent"]?.int }
    #expect(lasts.allSatisfy { $0 <= sequence }, "as it was at that number")
  }

  @Test func `with a number it goes on where that was, and kinds and subjects pick`() async throws {
    let host = try await ServiceHost(machines: 2)
    await host.publish(10)
    let paused = await host.publish(1, .vmStatePaused)
    let client = try VarlinkClient.reading(host.path)
    client.call(
      "Monitor", #"{"after":3,"kinds":["vm.state.*"],"subjects":["/org/vireo/Hub1/vm/vm0"]}"#, flags: Self.more)
    try await client.replies.first("the event") { $0.numbers == [paused] }
    #expect(client.replies.all.first?["parameters"]?["sequence"]?.int == 3)
    #expect(client.replies.all.first?["parameters"]?["objects"]?.array?.isEmpty == true)
    await host.publish(10)
    let running = await host.publish(1, .vmStateRunning)
    try await client.replies.first("the next event") { $0.numbers == [running] }
  }

  @Test func `who does not read is told Overflow with the number to come back with, and misses nothing`() async throws {
    let host = try await ServiceHost { options in
      options.patience = DeliveryAmount(events: 500, bytes: 64 << 20)
      // It begins to read when the last event is out, however long that takes.
      options.closingTime = .seconds(600)
    }
    let client = try VarlinkClient(host.path)
    client.call("Monitor", flags: Self.more)
    let healthy = try VarlinkClient.reading(host.path)
    healthy.call("Monitor", flags: Self.more)
    try await host.metrics("both monitors") { $0.contains("vireo_consumers{state=\"live\"} 2") }
    var end: UInt64 = 0
    for _ in 0..<20 {
      end = await host.publish(200, text: String(repeating: "y", count: 500))
      try await healthy.replies.first("the last event") { [end] in $0.numbers.last == end }
    }
    client.start()
    let replies = try await client.replies.end()
    let last = try #require(replies.last)
    #expect(last.error == "org.vireo.Hub1.Overflow")
    let after = try #require(last["parameters"]?["after"]?.int)
    let numbers = replies.flatMap(\.numbers)
    #expect(numbers.last == UInt64(after), "the number is the last that was sent")
    #expect(numbers.count < 4000)
    let again = try VarlinkClient.reading(host.path)
    again.call("Monitor", #"{"after":\#(after)}"#, flags: Self.more)
    try await again.replies.first("the last event") { [end] in $0.numbers.last == end }
    let rest = again.replies.all.flatMap(\.numbers)
    let first = try #require(numbers.first)
    #expect(numbers + rest == Array(first...end))
  }

  @Test func `who is told Overflow and still does not read is let go after a while`() async throws {
    let host = try await ServiceHost { options in
      options.patience = DeliveryAmount(events: 100, bytes: 64 << 20)
      options.closingTime = .milliseconds(20)
    }
    let client = try VarlinkClient(host.path)
    client.call("Monitor", flags: Self.more)
    try await host.metrics("the monitor") { $0.contains("vireo_consumers{state=\"live\"} 1") }
    await host.publish(4000, text: String(repeating: "y", count: 500))
    try await host.metrics("no client") { $0.contains("vireo_varlink_clients 0") }
    withExtendedLifetime(client) {}
  }

  @Test func `a client that reads slowly and steadily is never told Overflow, however far it is behind`() async throws {
    let host = try await ServiceHost { options in
      // To read all that may wait for it takes the client 2,200 events of time; it has 1,500 for reading anything.
      options.window = DeliveryAmount(events: 4096, bytes: 1 << 20)
      options.patience = DeliveryAmount(events: 1500, bytes: 64 << 20)
    }
    let client = try VarlinkClient(host.path)
    client.call("Monitor", flags: Self.more)
    try await host.metrics("the monitor") { $0.contains("vireo_consumers{state=\"live\"} 1") }
    // Of each 200 events, some 180 kB, it reads a part: in the end it is thousands behind.
    var beginning: [UInt8] = []
    var end: UInt64 = 0
    for _ in 0..<40 {
      end = await host.publish(200, text: String(repeating: "y", count: 500))
      if case .bytes(let bytes) = client.socket.read(upTo: 90_000) { beginning += bytes }
    }
    client.start(with: beginning)
    try await client.replies.first("the last event") { [end] in $0.numbers.last == end }
    let numbers = client.replies.all.flatMap(\.numbers)
    let first = try #require(numbers.first)
    #expect(numbers == Array(first...end))
  }

  @Test func `retention that overtakes a monitor is told as a gap`() async throws {
    var log = MemoryLog.Limits()
    log.events = 200
    var limits = DeliveryLimits()
    limits.recent = DeliveryAmount(events: 50, bytes: 1 << 20)
    let host = try await ServiceHost(log: log, limits: limits)
    let client = try VarlinkClient(host.path)
    client.call("Monitor", flags: Self.more)
    try await host.metrics("the monitor") { $0.contains("vireo_consumers{state=\"live\"} 1") }
    let end = await host.publish(4000, text: String(repeating: "y", count: 500))
    client.start()
    try await client.replies.first("the last event") { $0.numbers.last == end }
    let replies = client.replies.all
    let gaps = replies.compactMap { $0["parameters"]?["gap"] }
    let gap = try #require(gaps.first)
    #expect(gap["to"]?.int == Int64(end) - 200)
    let numbers = replies.flatMap(\.numbers)
    let from = UInt64(try #require(gap["from"]?.int))
    let first = try #require(numbers.first)
    #expect(numbers == Array(first..<from) + Array(end - 199...end))
  }

  @Test func `a monitor that closes is forgotten, by half or as a whole`() async throws {
    let host = try await ServiceHost()
    for isHalf in [true, false] {
      let client = try VarlinkClient.reading(host.path)
      _ = try await client.answer("Monitor", flags: Self.more)
      if isHalf { client.socket.withNumber { _ = shutdown($0, CInt(SHUT_WR)) } } else { client.socket.close() }
      try await host.metrics("no consumer") { !$0.contains("vireo_consumers{") }
    }
  }

  @Test func `fifty monitors at once all see everything`() async throws {
    let host = try await ServiceHost()
    let clients = try (0..<50).map { _ in try VarlinkClient.reading(host.path) }
    for client in clients { _ = try await client.answer("Monitor", #"{"after":0}"#, flags: Self.more) }
    let end = await host.publish(400)
    for client in clients {
      try await client.replies.first("the last event") { $0.numbers.last == end }
      #expect(client.replies.all.flatMap(\.numbers) == Array(1...end))
    }
  }
}
