// SPDX-License-Identifier: Apache-2.0
// A hub with a QEMU source on a loop of its own, and everything that it publishes.

import EventLoop
import EventModel
import Foundation
import Hub
import QEMUSource
import TestSupport

/// A hub with a QEMU source, in a thread of its own, until the last reference goes.
final class LiveSource: Sendable {
  let hub: Hub
  let source: QEMUSource
  /// Every event that was published, in order.
  let events: Recorder<Event>
  /// Every object that came or changed, as it was then.
  let changes: Recorder<HubObject>
  /// Where its sockets are.
  let directory: TemporaryDirectory
  private let loop: EventLoop

  /// The socket that QEMUs dial.
  var socket: String { directory.file("qmp.sock") }
  /// The directory in which monitors are looked for.
  var monitors: String { directory.file("monitors") }

  private final class Sink: EventSink {
    let events = Recorder<Event>()
    let changes = Recorder<HubObject>()
    nonisolated func publish(_ batch: PublishedBatch) {
      events.append(contentsOf: batch.events)
      changes.append(contentsOf: batch.added + batch.changed.map(\.object))
    }
  }

  /// Starts one; `log` and `directory` may come from an earlier one that ended.
  ///
  /// It looks into the directory of monitors only where a test is about that: a user has 128 inotify instances.
  init(
    log: any EventLog = MemoryLog(), in directory: TemporaryDirectory? = nil, looksForMonitors: Bool = false,
    _ change: (inout QEMUOptions) -> Void = { _ in }
  ) async throws {
    try DescriptorLimit.raise()
    self.directory = try directory ?? TemporaryDirectory()
    var options = QEMUOptions(socketPath: self.directory.file("qmp.sock"))
    if looksForMonitors { options.monitorsDirectory = self.directory.file("monitors") }
    // The parent of the tests' QEMUs is the test process, which may be busy.
    options.limits.aftermath = .seconds(20)
    change(&options)
    loop = try EventLoop()
    hub = Hub(loop: loop, log: log)
    source = try QEMUSource(hub: hub, options: options)
    let sink = Sink()
    events = sink.events
    changes = sink.changes
    Thread { [loop] in loop.run() }.start()
    await hub.addSink(sink)
    await source.start()
  }

  deinit {
    let (loop, source) = (loop, source)
    loop.submit {
      source.assumeIsolated { $0.stop() }
      loop.stop()
    }
  }

  /// Waits until a machine was looked at from all sides after its monitor was connected.
  ///
  /// QEMU 7.2 can hang when it ends just while it answers: a test that ends one waits for this first.
  func settled(_ key: String) async throws {
    try await changes.first("\(key) is known") { $0.subject == Subject(.vm, key) && $0[.architecture] != "" }
  }

  /// Waits for an event of a kind, and gives it.
  @discardableResult
  func event(_ kind: EventKind, from start: Int = 0, where matches: @escaping @Sendable (Event) -> Bool = { _ in true })
    async throws -> Event
  {
    do {
      return try await events.first(kind.rawValue, from: start) { $0.kind == kind && matches($0) }
    } catch {
      let seen = events.all.map {
        "\($0.sequence) \($0.kind.rawValue) \($0.name) \($0.data.map { "\($0.name)=\($0.value)" })"
      }
      throw TestFailure("no \(kind.rawValue) came; seen:\n\(seen.joined(separator: "\n"))")
    }
  }

  /// Does something on the loop, as another part of the daemon would.
  func onLoop<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
    try await withCheckedThrowingContinuation { continuation in
      loop.submit { continuation.resume(with: Swift.Result { try body() }) }
    }
  }

  /// The object of a machine.
  func machine(_ key: String) async -> HubObject? { await hub.object(Subject(.vm, key)) }

  /// The kinds of the events about a machine, as they came.
  func kinds(of key: String) -> [String] {
    events.all.filter { $0.subject == Subject(.vm, key) }.map(\.kind.rawValue)
  }
}
