// SPDX-License-Identifier: Apache-2.0
// A hub that serves a socket, inside the test process.

import EventLoop
import EventModel
import Foundation
import Hub
import LoopTestSupport
import StreamService
import TestSupport
import Testing

/// A hub that serves a socket, on a loop in a thread of its own; it publishes what the test wants.
final class ServiceHost: Sendable {
  private let thread: LoopThread
  var loop: EventLoop { thread.loop }
  let hub: Hub
  let desk: DeliveryDesk
  let service: StreamService
  let path: String
  private let directory: TemporaryDirectory

  /// Starts a hub with so many machines; when this returns, clients can connect.
  init(
    machines: Int = 1, log: MemoryLog.Limits = MemoryLog.Limits(), limits: DeliveryLimits = DeliveryLimits(),
    at place: String? = nil, _ change: (inout StreamOptions) -> Void = { _ in }
  ) async throws {
    thread = try LoopThread("test-hub")
    directory = try TemporaryDirectory()
    path = place ?? directory.file("org.vireo.Hub1")
    var options = StreamOptions(path: path)
    change(&options)
    hub = Hub(loop: thread.loop, log: MemoryLog(limits: log))
    desk = DeliveryDesk(hub: hub, limits: limits)
    service = StreamService(hub: hub, desk: desk, options: options, identity: ServiceIdentity(version: "1.2.3"))
    await desk.start()
    await hub.addMachines(machines)
    await service.start()
  }

  deinit { thread.finish { [service] in service.assumeIsolated { $0.stop() } } }

  /// Publishes events, each batch in a turn of its own, and returns the newest number when all are public.
  @discardableResult
  func publish(_ count: Int, _ kind: EventKind = .vmReset, text: String = "x") async -> UInt64 {
    var left = count
    while left > 0 {
      let now = min(100, left)
      left -= now
      await hub.publish(now, kind, text)
    }
    return await hub.settled()
  }

  /// Waits until the metrics of the hub meet a condition; nothing tells of that, so the hub's loop looks again and again.
  func metrics(_ awaited: String, _ condition: @escaping @Sendable (String) -> Bool) async throws {
    let met = Recorder<Void>()
    let timer = loop.addTimeout(.every(.milliseconds(1))) { [hub] _ in
      if condition(hub.assumeIsolated { $0.metrics() }) { met.append(()) }
    }
    defer { loop.removeTimeout(timer) }
    try await met.first(awaited) { _ in true }
  }
}

extension Hub {
  fileprivate func addMachines(_ count: Int) {
    for index in 0..<count {
      let subject = Subject(.vm, "vm\(index)")
      addObject(
        HubObject(subject, [.name: .string("vm\(index)"), .state: "running"]),
        event: EventDraft(.vmAdded, subject: subject, source: .hub))
    }
  }

  fileprivate func publish(_ count: Int, _ kind: EventKind, _ text: String) {
    for _ in 0..<count {
      publish(EventDraft(kind, subject: Subject(.vm, "vm0"), source: .hub, data: ["text": .string(text)]))
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
