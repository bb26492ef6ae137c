// SPDX-License-Identifier: Apache-2.0
// A hub in a thread of its own, impatient with agents, and what it publishes.

import EventLoop
import EventModel
import QEMUSource
import SourceTestSupport
import TestSupport

/// A hub in a thread of its own, and what it publishes.
final class Watcher: Sendable {
  let directory: TemporaryDirectory
  private let rig: SourceRig
  private let source: QEMUSource

  var events: Recorder<Event> { rig.events }
  var monitorSocket: String { directory.file("qmp.sock") }
  var agentSocket: String { directory.file("agent.sock") }

  init() async throws {
    directory = try TemporaryDirectory()
    rig = try SourceRig()
    var options = QEMUOptions(socketPath: directory.file("qmp.sock"))
    options.agents.socketPath = directory.file("agent.sock")
    options.agents.intervals.identity = .seconds(1)
    options.agents.intervals.firstAddresses = .seconds(1)
    options.agents.intervals.addresses = .seconds(1)
    options.agents.limits.firstRetry = .milliseconds(200)
    options.agents.limits.lastRetry = .seconds(1)
    options.agents.limits.answer = .seconds(3)
    options.agents.limits.synchronization = .seconds(3)
    source = try QEMUSource(hub: rig.hub, options: options)
    await source.start()
  }

  deinit { rig.finish { [source] in source.assumeIsolated { $0.stop() } } }

  @discardableResult
  func event(
    _ kind: EventKind, from start: Int = 0, where matches: @escaping @Sendable (Event) -> Bool = { _ in true }
  ) async throws -> Event { try await rig.event(kind, from: start, where: matches) }

  func property(_ name: PropertyName) async -> Value? { await rig.object(Subject(.vm, "guest"))?[name] }

  /// Starts a guest from its saved state, and waits until its agent is heard.
  func restore(_ saved: String) async throws -> LinuxGuest {
    let place = events.count
    let guest = try await LinuxGuest(monitor: monitorSocket, agent: agentSocket, restoredFrom: saved)
    // It was stopped when it was saved, and QEMU says nothing when it has arrived so.
    try await event(.vmStatePaused, from: place)
    try await guest.qemu.execute("cont")
    try await event(.vmAgentConnected, from: place)
    return guest
  }
}
