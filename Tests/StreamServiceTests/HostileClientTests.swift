// SPDX-License-Identifier: Apache-2.0
// Clients that mean harm, or do not read: each costs a bounded amount, and nobody else notices.

import EventModel
import Foundation
import Hub
import StreamService
import TestSupport
import Testing

@Suite("Varlink: hostile clients", .timeLimit(.minutes(2)))
struct HostileClientTests {
  @Test(arguments: [
    Array("GET / HTTP/1.1\r\n\r\n".utf8) + [0], [0], [0xFF, 0xFE, 0],
    Array(#"{"method":"org.vireo.Hub1.ListVMs","parameters":"#.utf8) + [UInt8](repeating: 0x5B, count: 5000) + [0],
    [UInt8](repeating: 0x20, count: 1 << 20),
    Array(#"{"method":""#.utf8) + [UInt8](repeating: 0x41, count: 1 << 20),
  ])
  func `who does not speak the protocol is let go, and others are served`(_ bytes: [UInt8]) async throws {
    let host = try await ServiceHost()
    let client = try VarlinkClient.reading(host.path)
    let other = try VarlinkClient.reading(host.path)
    client.send(bytes)
    #expect(try await client.replies.end().isEmpty)
    #expect(try await other.answer("ListLinks").error == nil)
  }

  @Test func `a client that calls and never reads is stopped by its own socket`() async throws {
    let host = try await ServiceHost(machines: 20)
    let client = try VarlinkClient(host.path)
    let call = Array(#"{"method":"org.vireo.Hub1.ListVMs"}"#.utf8) + [0]
    let flood = (0..<100_000).flatMap { _ in call }
    let taken = client.send(flood, patience: .seconds(1))
    #expect(taken < 2 << 20, "taken: \(taken) of \(flood.count)")
    let other = try VarlinkClient.reading(host.path)
    #expect(try await other.answer("ListVMs").error == nil)
    // It reads after all, and its calls go on where they stood.
    client.start()
    let replies = try await client.replies.atLeast(50)
    #expect(replies.prefix(50).allSatisfy { $0["parameters"]?["vms"]?.array?.count == 20 })
  }

  @Test func `connections are limited for each user, with a word about it, and one that goes makes room`() async throws
  {
    let host = try await ServiceHost { $0.connectionsPerUser = 3 }
    var clients = try (0..<3).map { _ in try VarlinkClient.reading(host.path) }
    for client in clients { _ = try await client.answer("ListLinks") }
    let refused = try VarlinkClient.reading(host.path)
    let said = try await refused.replies.end()
    let reply = try #require(said.first)
    #expect(reply.error == "org.vireo.Hub1.LimitsExceeded")
    #expect(reply["parameters"]?["limit"]?.string == "clients.max-per-user")
    clients.removeLast().socket.close()
    try await host.metrics("two clients") { $0.contains("vireo_varlink_clients 2") }
    #expect(try await VarlinkClient.reading(host.path).answer("ListLinks").error == nil)
  }

  @Test func `monitors count against the limit of subscriptions`() async throws {
    var limits = DeliveryLimits()
    limits.perUser = 1
    let host = try await ServiceHost(limits: limits)
    let first = try VarlinkClient.reading(host.path)
    #expect(try await first.answer("Monitor", flags: #","more":true"#).error == nil)
    let second = try VarlinkClient.reading(host.path)
    let reply = try await second.answer("Monitor", flags: #","more":true"#)
    #expect(reply.error == "org.vireo.Hub1.LimitsExceeded")
    #expect(reply["parameters"]?["limit"]?.string == "subscriptions.max-per-user")
    first.socket.close()
    try await host.metrics("no consumer") { !$0.contains("vireo_consumers{") }
    #expect(try await second.answer("Monitor", flags: #","more":true"#).error == nil)
  }
}
