// SPDX-License-Identifier: Apache-2.0
// The clock of the host is set back by a day while events come.

import DBusTypes
import Foundation
import TestSupport
import Testing

/// A clock of one process that a test sets; libfaketime stands between the process and the system's.
private struct FakeClock {
  static let requirement = Requirement.probe("libfaketime", "ls /usr/lib/*/faketime/libfaketime.so.1")

  let environment: [String: String]
  private let directory: TemporaryDirectory

  init() async throws {
    directory = try TemporaryDirectory()
    let found = try await runTool("sh", "-c", "ls /usr/lib/*/faketime/libfaketime.so.1")
    environment = [
      "LD_PRELOAD": try #require(found.lines.first), "FAKETIME_TIMESTAMP_FILE": directory.file("clock"),
      // Each look at the clock is a look at the file, and the clocks that measure spans are left alone.
      "FAKETIME_NO_CACHE": "1", "DONT_FAKE_MONOTONIC": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1",
      "FAKETIME_DISABLE_SHM": "1",
    ]
    try set("+0")
  }

  /// Sets the clock by so much from the system's, for good.
  func set(_ offset: String) throws {
    // By renaming, since a reader of a file half written would see the epoch.
    try directory.write(offset + "\n", to: "next")
    let failure = unsafe rename(directory.file("next"), directory.file("clock"))
    guard failure == 0 else { throw CocoaError(.fileWriteUnknown) }
  }
}

@Suite(
  "Delivery: the clock",
  .needs(
    .root, .mountNamespaces, .program("dbus-daemon"), .program("dbus-broker-launch"), .program("busctl"),
    FakeClock.requirement),
  .timeLimit(.minutes(5)))
struct ClockTests {
  private static let hour: UInt64 = 3_600_000_000

  @Test(arguments: TestBus.Kind.allCases)
  func `a clock that is set back by a day under load changes no number, and moments are found`(
    _ kind: TestBus.Kind
  ) async throws {
    let bus = try await TestBus(kind)
    let clock = try await FakeClock()
    let daemon = try await Daemon(on: bus, monitors: 4, environment: clock.environment)
    let subscriber = try await Subscriber(bus)
    let client = try await Client(bus)
    try await daemon.emit(300)
    let before = try await client.number("Head")

    async let load: Void = daemon.emit(1000)
    try clock.set("-1d")
    try await load
    // The same once more while there is no daemon: forward, and back by a day.
    try await daemon.killAndRestart { try clock.set("+0") }
    try await daemon.emit(300)
    try await daemon.killAndRestart { try clock.set("-1d") }
    try await daemon.emit(300)
    daemon.emitLast()
    try await subscriber.kinds.atLeast(4, "last events")

    let head = try await client.number("Head")
    try await subscriber.reached(head)
    await subscriber.expectComplete(from: 1, through: head)
    #expect(await subscriber.gaps.isEmpty)
    let events = try await client.history(after: 0, through: head)
    #expect(events.map(\.sequence) == Array(1...head), "nothing is taken for too old")
    let first = try #require(events.first)
    let last = try #require(events.last)
    #expect(last.recorded < first.recorded - 23 * Self.hour, "the clock of the daemon was set back")
    #expect(before < head)

    // Everything recorded since a moment follows from the number that is found for it.
    let moments = events.map(\.recorded)
    let asked: [UInt64] = [
      first.recorded, moments[Int(before)], last.recorded, last.recorded - Self.hour, UInt64.max / 4,
    ]
    for moment in asked {
      let reply = try await client.call("FindCursor", .uint64(moment))
      let expected = moments.firstIndex { $0 >= moment } ?? moments.count
      #expect(reply.body == [.uint64(UInt64(expected))])
    }
    // No stretch of blindness ends before it begins.
    let gaps = events.filter { $0.kind == "hub.gap" }.compactMap(\.data.dictionary)
    #expect(gaps.count >= 2)
    for gap in gaps {
      let from = try #require(gap["from"]?.string)
      let to = try #require(gap["to"]?.string)
      #expect(from <= to)
    }
  }
}
