// SPDX-License-Identifier: Apache-2.0
// A host with everything on it that the daemon watches, and everybody who listens to the daemon.

import Foundation
import Synchronization
import TestSupport
import Testing

/// A host with everything on it: machines, agents, an udevd, links, and a daemon that fifty clients and a bus listen to.
final class WholeHost: Sendable {
  static let machines = 10
  /// One stands still in its turn, and the others die by turns, since an agent is tried again only after a while.
  static let agents = 8
  static let clients = 50

  let host: UdevNamespace
  let hub: RunningHub
  let watchers: [ClientWatcher]
  private let qemus: Mutex<[TestQEMU]>
  private let agentProcesses = Mutex<[ChildProcess]>([])
  private let rounds = Mutex(0)
  private let deaths = Mutex<[Int: [Int]]>([:])

  /// Starts all of it; when this returns, every client has been told what there is, and every machine runs.
  init() async throws {
    host = try await UdevNamespace()
    try await host.startUdevd()
    try await host.namespace.ip("link add v0 type veth peer name v1")
    let directory = try TemporaryDirectory()
    // The first machines listen, and have an agent beside them; the others dial.
    var settings = "monitors:\n"
    for number in 0..<Self.agents {
      let path = directory.file("\(number)")
      settings += "  vm-\(number): {monitor: \(path).qmp, agent: \(path).qga}\n"
    }
    hub = try await RunningHub(configuration: settings, in: host.namespace, directory: directory)
    let socket = hub.directory.file("run") + "/org.vireo.Hub1"
    watchers = try (0..<Self.clients).map { _ in try ClientWatcher(socket) }
    for watcher in watchers { try await watcher.ready() }

    var qemus: [TestQEMU] = []
    for number in 0..<Self.machines {
      let isWatched = number < Self.agents
      qemus.append(
        try await Self.machine(
          number, isWatched ? .listens(directory.file("\(number).qmp")) : .dials(hub.qmpSocket)))
    }
    self.qemus = Mutex(qemus)
    let agents = try (0..<Self.agents).map { try Self.agent($0, in: directory) }
    agentProcesses.withLock { $0 = agents }
    for number in 0..<Self.machines { try await event("vm.state.running", "vm-\(number)") }
    for number in 0..<Self.agents { try await event("vm.agent.connected", "vm-\(number)") }
  }

  private static func machine(_ number: Int, _ monitor: TestQEMU.Monitor) async throws -> TestQEMU {
    try await TestQEMU(.init(name: "vm-\(number)", monitors: [monitor]))
  }

  /// A real agent that may do nothing to this machine but tell of it.
  private static func agent(_ number: Int, in directory: TemporaryDirectory) throws -> ChildProcess {
    let path = directory.file("\(number).qga")
    // It takes no socket that is there already.
    try? FileManager.default.removeItem(atPath: path)
    return try ChildProcess(
      "qemu-ga",
      [
        "--method=unix-listen", "--path=\(path)", "-t", directory.path, "-f", directory.file("\(number).pid"),
        "--block-rpcs=\(dangerous.joined(separator: ","))",
      ])
  }

  private static let dangerous = [
    "guest-shutdown", "guest-exec", "guest-exec-status", "guest-fsfreeze-freeze", "guest-fsfreeze-freeze-list",
    "guest-fsfreeze-thaw", "guest-fstrim", "guest-suspend-disk", "guest-suspend-ram", "guest-suspend-hybrid",
    "guest-set-time", "guest-set-vcpus", "guest-set-memory-blocks", "guest-set-user-password", "guest-file-open",
    "guest-file-close", "guest-file-read", "guest-file-write", "guest-file-seek", "guest-file-flush",
    "guest-ssh-add-authorized-keys", "guest-ssh-remove-authorized-keys",
  ]

  // MARK: What the sources tell

  /// An event, and when the first client heard of it.
  struct Told: Sendable {
    let number: Int64
    let time: ContinuousClock.Instant
  }

  /// Where what the clients heard stands: the place of each to wait from.
  var place: [Int] { watchers.map(\.arrivals.count) }

  /// Waits for an event at the first client.
  @discardableResult
  func event(_ kind: String, _ name: String, from places: [Int] = []) async throws -> Told {
    @Sendable func event(_ arrival: ClientWatcher.Arrival) -> TestJSON? {
      guard arrival.contains("\"\(kind)\"") else { return nil }
      return arrival.events.first { $0["kind"]?.string == kind && $0["name"]?.string == name }
    }
    let arrival = try await watchers[0].arrivals.first("\(kind) of \(name)", from: places.first ?? 0) {
      event($0) != nil
    }
    return Told(number: event(arrival)?["sequence"]?.int ?? 0, time: arrival.time)
  }

  /// Waits until all clients but one have heard of an event, and gives the time when the last of them did.
  func heardByAll(_ event: Told, from places: [Int], but silent: Int? = nil) async throws -> ContinuousClock.Instant {
    var latest = event.time
    for (index, watcher) in watchers.enumerated() where index != silent {
      let arrival = try await watcher.arrivals.first("event \(event.number) at \(index)", from: places[index]) {
        $0.contains("\",\"sequence\":\(event.number),")
      }
      latest = max(latest, arrival.time)
    }
    return latest
  }

  // MARK: The machines and agents

  /// One of the machines.
  func machine(_ number: Int) -> TestQEMU { qemus.withLock { $0[number] } }

  /// Starts a machine again.
  func startMachine(_ number: Int) async throws {
    let started = try await Self.machine(number, .dials(hub.qmpSocket))
    qemus.withLock { $0[number] = started }
  }

  /// One of the agents.
  func agent(_ number: Int) -> ChildProcess { agentProcesses.withLock { $0[number] } }

  /// Waits until an agent is connected, again if it was killed.
  func connected(_ number: Int) async throws {
    try await event("vm.agent.connected", "vm-\(number)", from: deaths.withLock { $0[number] } ?? [])
  }

  /// Kills an agent, and starts it again when that was told.
  func killAgent(_ number: Int) async throws -> Told {
    let place = place
    deaths.withLock { $0[number] = place }
    agent(number).signalGroup(SIGKILL)
    let told = try await event("vm.agent.disconnected", "vm-\(number)", from: place)
    let started = try Self.agent(number, in: hub.directory)
    agentProcesses.withLock { $0[number] = started }
    return told
  }

  /// A number that no earlier event of this test has.
  func nextRound() -> Int {
    rounds.withLock {
      $0 += 1
      return $0
    }
  }
}
