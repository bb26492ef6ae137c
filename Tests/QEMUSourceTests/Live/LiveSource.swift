// SPDX-License-Identifier: Apache-2.0
// A hub with a QEMU source on a loop of its own, and everything that it publishes.

import EventLoop
import EventModel
import Hub
import QEMUSource
import SourceTestSupport
import TestSupport

/// A hub with a QEMU source, in a thread of its own, until the last reference goes.
final class LiveSource: Sendable {
  let source: QEMUSource
  /// Where its sockets are.
  let directory: TemporaryDirectory
  private let rig: SourceRig

  var hub: Hub { rig.hub }
  /// Every event that was published, in order.
  var events: Recorder<Event> { rig.events }
  /// Every object that came or changed, as it was then.
  var changes: Recorder<HubObject> { rig.changes }

  /// The socket that QEMUs dial.
  var socket: String { directory.file("qmp.sock") }
  /// The directory in which monitors are looked for.
  var monitors: String { directory.file("monitors") }

  /// Starts one; `log` and `directory` may come from an earlier one that ended.
  ///
  /// It looks into the directory of monitors only where a test is about that: a user has 128 inotify instances.
  init(
    log: any EventLog = MemoryLog(), in directory: TemporaryDirectory? = nil, looksForMonitors: Bool = false,
    units: (any UnitResults)? = nil, _ change: (inout QEMUOptions) -> Void = { _ in }
  ) async throws {
    try DescriptorLimit.raise()
    self.directory = try directory ?? TemporaryDirectory()
    var options = QEMUOptions(socketPath: self.directory.file("qmp.sock"))
    if looksForMonitors { options.monitorsDirectory = self.directory.file("monitors") }
    // The parent of the tests' QEMUs is the test process, which may be busy.
    options.limits.aftermath = .seconds(20)
    change(&options)
    rig = try SourceRig(log: log)
    source = try QEMUSource(hub: rig.hub, options: options, units: units)
    await source.start()
  }

  deinit { rig.finish { [source] in source.assumeIsolated { $0.stop() } } }

  /// Waits until a machine was looked at from all sides after its monitor was connected.
  ///
  /// QEMU 7.2 can hang when it ends just while it answers: a test that ends one waits for this first.
  func settled(_ key: String) async throws {
    try await changes.first("\(key) is known") { $0.subject == Subject(.vm, key) && $0[.architecture] != "" }
  }

  /// Waits for an event of a kind, and gives it.
  @discardableResult
  func event(
    _ kind: EventKind, from start: Int = 0, where matches: @escaping @Sendable (Event) -> Bool = { _ in true }
  ) async throws -> Event { try await rig.event(kind, from: start, where: matches) }

  /// Does something on the loop, as another part of the daemon would.
  func onLoop<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await rig.onLoop(body)
  }

  /// The object of a machine.
  func machine(_ key: String) async -> HubObject? { await hub.object(Subject(.vm, key)) }

  /// The kinds of the events about a machine, as they came.
  func kinds(of key: String) -> [String] {
    events.all.filter { $0.subject == Subject(.vm, key) }.map(\.kind.rawValue)
  }
}
