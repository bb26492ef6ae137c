// SPDX-License-Identifier: Apache-2.0
// The bus is restarted, stopped, starved: nothing is lost to who resumes.

import DBusBridge
import DBusTypes
import Dispatch
import EventModel
import Hub
import TestSupport
import Testing

@Suite(
  "Delivery: trouble with the bus",
  .needs(.root, .mountNamespaces, .program("dbus-daemon"), .program("dbus-broker-launch"), .program("busctl")),
  .timeLimit(.minutes(15)))
struct BusTroubleTests {
  private static let oneMegabyte = ["max_outgoing_bytes": 1_000_000, "max_incoming_bytes": 1_000_000]

  @Test(arguments: TestBus.Kind.allCases)
  func `a bus of 1 MB, restarted and stopped under load, loses nothing of a subscriber that resumes`(
    _ kind: TestBus.Kind
  ) async throws {
    let bus = try await TestBus(kind, BusConfiguration(limits: Self.oneMegabyte))
    let daemon = try await Daemon(on: bus, monitors: 20)
    let subscriber = try await Subscriber(bus)
    let count = Effort.of(2000, full: 20_000)
    for _ in 0..<Effort.of(2, full: 5) {
      try await daemon.emit(count)
      try await bus.restart()
      try await daemon.emit(count)
      // What is sent while the bus stands still queues, is withheld, and is told or read again.
      bus.pause()
      try await daemon.emit(count)
      bus.resume()
      try await daemon.emit(count)
    }
    daemon.emitLast()
    try await subscriber.kinds.atLeast(20, "last events", within: Patience.standard * 4)
    let head = try await daemon.current.head()
    try await subscriber.reached(head)
    await subscriber.expectComplete(from: 1, through: head)
    #expect(await subscriber.gaps.isEmpty)
  }

  @Test(arguments: TestBus.Kind.allCases)
  func `a subscriber that the bus drops messages of gets them again`(_ kind: TestBus.Kind) async throws {
    // Far less than what may be under way for one subscriber.
    let limits = ["max_outgoing_bytes": 60_000, "max_incoming_bytes": 4_000_000]
    let bus = try await TestBus(kind, BusConfiguration(limits: limits))
    var options = HubHost.Options()
    options.acknowledgementTimeout = .milliseconds(500)
    options.limits.retryInterval = .milliseconds(50)
    let host = try await HubHost(bus, options)
    var wishes = Subscriber.Wishes()
    wishes.credit = 10_000
    let subscriber = try await Subscriber(bus, wishes)
    try await subscriber.reached(await host.head)
    let goOn = subscriber.stall()
    defer { goOn.signal() }
    await host.publish(3000, text: String(repeating: "z", count: 400))
    if kind == .daemon {
      try await host.metrics("a refusal") { text in
        !text.contains("vireo_consumer_trouble_total{what=\"refused\"} 0\n")
      }
    }
    goOn.signal()
    let end = await host.publish(10)
    try await subscriber.reached(end, within: Patience.standard * 2)
    await subscriber.expectComplete(from: 1, through: end)
    #expect(await subscriber.gaps.isEmpty)
  }

  @Test(arguments: TestBus.Kind.allCases)
  func `broadcasts stop at the high-water mark, and Gap tells exactly what was withheld`(
    _ kind: TestBus.Kind
  ) async throws {
    let bus = try await TestBus(kind)
    let host = try await HubHost(bus)
    let reader = try await BroadcastReader(bus)
    await host.publish(100)
    bus.pause()
    let withheld = await host.publish(10_000, text: String(repeating: "w", count: 300))
    bus.resume()
    let end = await host.publish(100)
    try await reader.reached(end)
    await reader.expectComplete(through: end)
    let gaps = await reader.gaps
    #expect(gaps.count == 1, "one stretch, told as one")
    let gap = try #require(gaps.first)
    // A megabyte of it was in the queue already when the mark was reached.
    #expect(gap.count > 5000 && gap.count < 10_000)
    #expect(gap.upperBound >= withheld)
  }
}
