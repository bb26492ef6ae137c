// SPDX-License-Identifier: Apache-2.0
// A private bus of either kind starts, stops, stalls and comes back.

import Foundation
import TestSupport
import Testing

@Suite(.needs(.root, .mountNamespaces, .program("dbus-daemon"), .program("dbus-broker-launch"), .program("busctl")))
struct TestBusTests {
  @Test(arguments: TestBus.Kind.allCases)
  func `a bus answers, and nothing of it is left when it is stopped`(_ kind: TestBus.Kind) async throws {
    let bus = try await TestBus(kind)
    let pid = try #require(bus.pid)
    #expect(try await getID(bus).isSuccess)
    try await bus.stop()
    #expect(!exists(pid))
    #expect(!FileManager.default.fileExists(atPath: bus.socketPath))
    #expect(try await !getID(bus).isSuccess)
  }

  @Test(arguments: TestBus.Kind.allCases)
  func `a bus that is killed comes back at the same address as a new bus`(_ kind: TestBus.Kind) async throws {
    let bus = try await TestBus(kind)
    let before = try await getID(bus)
    try await bus.restart()
    let after = try await getID(bus)
    #expect(before.isSuccess && after.isSuccess)
    #expect(before.output != after.output)
  }

  @Test(arguments: TestBus.Kind.allCases)
  func `a paused bus answers nobody until it is resumed`(_ kind: TestBus.Kind) async throws {
    let bus = try await TestBus(kind)
    bus.pause()
    let call = try ChildProcess(
      "busctl", ["--address=\(bus.address)", "call", "org.freedesktop.DBus", "/", "org.freedesktop.DBus", "GetId"])
    // The one wait for nothing: that the call is still unanswered a while later.
    await #expect(throws: WaitError.self) { try await call.exit(within: .milliseconds(200)) }
    bus.resume()
    #expect(try await call.exit() == .exited(0))
  }

  @Test(arguments: TestBus.Kind.allCases)
  func `an open bus lets root own any name and a stranger none`(_ kind: TestBus.Kind) async throws {
    let bus = try await TestBus(kind, BusConfiguration(policy: .open))
    #expect(try await requestName(bus, user: nil).output == "u 1\n")
    #expect(try await !requestName(bus, user: .nobody).isSuccess)
    let everyone = try await TestBus(kind, BusConfiguration(policy: .everyone))
    #expect(try await requestName(everyone, user: .nobody).output == "u 1\n")
  }

  @Test(arguments: TestBus.Kind.allCases)
  func `a lowered limit has its effect`(_ kind: TestBus.Kind) async throws {
    let bus = try await TestBus(kind, BusConfiguration(limits: ["max_match_rules_per_connection": 0]))
    let limited = try await addMatch(bus)
    #expect(!limited.isSuccess, "\(limited)")
    #expect(try await addMatch(try await TestBus(kind)).isSuccess)
  }

  @Test func `two buses at once do not know of each other`() async throws {
    async let daemon = TestBus(.daemon)
    async let broker = TestBus(.broker)
    let (one, other) = try await (daemon, broker)
    #expect(one.address != other.address)
    #expect(try await getID(one).output != getID(other).output)
  }

  private func getID(_ bus: TestBus) async throws -> ToolResult {
    try await bus.call("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "GetId")
  }

  private func addMatch(_ bus: TestBus) async throws -> ToolResult {
    try await bus.call(
      "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "AddMatch", "s", "type='signal'")
  }

  private func requestName(_ bus: TestBus, user: TestUser?) async throws -> ToolResult {
    try await bus.call(
      "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "RequestName", "su", "org.example.Any",
      "0", user: user)
  }
}
