// SPDX-License-Identifier: Apache-2.0
// A hub with its face on a bus, inside the test process, that publishes what the test wants.

import BusService
import BusTestSupport
import DBusBridge
import EventLoop
import EventModel
import Hub
import LoopTestSupport
import TestSupport
import Testing

/// A hub with its face on a bus, on a loop of its own; it publishes what the test wants, as fast as the test wants.
final class HubHost: Sendable {
  /// How the hub is made.
  struct Options: Sendable {
    var log = MemoryLog.Limits()
    var limits = DeliveryLimits()
    var acknowledgementTimeout = Duration.seconds(60)
    var heartbeatInterval = BusService.heartbeatInterval
    var bus = BusOptions.quick
  }

  static let subject = Subject(.vm, "web01")

  let thread: LoopThread
  let hub: Hub
  let desk: DeliveryDesk
  let connection: BusConnection
  let service: BusService
  /// Says each time that the hub has got its name.
  let ups = Recorder<Void>()

  /// Starts a hub on a bus; when this returns it owns its name.
  init(_ bus: TestBus, _ options: Options = Options()) async throws {
    thread = try LoopThread("test-hub")
    hub = Hub(loop: thread.loop, log: MemoryLog(limits: options.log))
    desk = DeliveryDesk(hub: hub, limits: options.limits)
    connection = BusConnection(
      address: try #require(BusAddress(bus.address)), loop: thread.loop, options: options.bus)
    service = BusService(
      hub: hub, desk: desk, connection: connection, identity: HubIdentity(version: "0", hostname: "test"),
      acknowledgementTimeout: options.acknowledgementTimeout, heartbeatInterval: options.heartbeatInterval)
    await desk.start()
    await hub.addSink(UpWatcher(ups))
    await service.start()
    try await ups.atLeast(1, "time that the hub has its name")
  }

  deinit { thread.finish { [service] in service.assumeIsolated { $0.stop() } } }

  /// The newest public number.
  var head: UInt64 { get async { await hub.head } }

  /// Publishes events in batches of a size, each batch in a turn of its own, and returns when all are public.
  ///
  /// Errors: none; returns the number of the last.
  @discardableResult
  func publish(_ count: Int, batch: Int = 100, _ kind: EventKind = .vmReset, text: String = "") async -> UInt64 {
    var left = count
    while left > 0 {
      let now = min(batch, left)
      left -= now
      await hub.publish(now, kind, text)
    }
    return await hub.settled()
  }

  /// Publishes events with such data, ten in a turn, and returns the number of the last when all are public.
  func publish(_ count: Int, data: Fields) async -> UInt64 {
    for _ in 0..<count / 10 { await hub.publish(data) }
    return await hub.settled()
  }

  /// Waits until the metrics of the hub meet a condition; nothing tells of that, so the hub's loop looks again and again.
  func metrics(_ awaited: String, _ condition: @escaping @Sendable (String) -> Bool) async throws {
    let met = Recorder<Void>()
    let timer = thread.loop.addTimeout(.every(.milliseconds(1))) { [hub] _ in
      if condition(hub.assumeIsolated { $0.metrics() }) { met.append(()) }
    }
    defer { thread.loop.removeTimeout(timer) }
    try await met.first(awaited) { _ in true }
  }

  private final class UpWatcher: EventSink {
    private let up: Recorder<Void>
    init(_ up: Recorder<Void>) { self.up = up }
    nonisolated func publish(_ batch: PublishedBatch) {
      let isUp = batch.events.contains { $0.kind == .sourceUp || $0.kind == .sourceReconnected }
      if isUp { up.append(()) }
    }
  }
}

extension Hub {
  fileprivate func publish(_ data: Fields) {
    for _ in 0..<10 { publish(EventDraft(.vmReset, subject: HubHost.subject, source: .hub, data: data)) }
  }

  fileprivate func publish(_ count: Int, _ kind: EventKind, _ text: String) {
    for index in 0..<count {
      let data: Fields = text.isEmpty ? ["index": .int(Int64(index))] : ["text": .string(text)]
      publish(EventDraft(kind, subject: HubHost.subject, source: .hub, data: data))
    }
  }

  /// Waits until everything stamped is public; gives the newest number.
  fileprivate func settled() async -> UInt64 {
    await withCheckedContinuation { continuation in
      whenIdle { continuation.resume() }
    }
    return head
  }
}
