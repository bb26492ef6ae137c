// SPDX-License-Identifier: Apache-2.0
// Clients that connect and say nothing, by the thousand.

import EventModel
import Glibc
import Hub
import QEMUSource
import TestSupport
import Testing

@Suite(.serialized) struct SilentClientTests {
  @Test func `1,000 clients that connect and say nothing harm nobody and are sent away`() async throws {
    let hub = try await LiveSource { $0.limits.greeting = .seconds(2) }
    let silent = try (0..<1000).map { _ in try UnixSocket.connect(to: hub.socket) }
    let peer = try QMPPeer(.dials(hub.socket), QMPBehaviour(name: "web")).start()
    try await hub.settled("web")
    peer.enter("paused")
    try await hub.event(.vmStatePaused)
    let source = hub.source
    try await hub.changes.until("the silent ones are gone") { _ in true }
    for descriptor in silent { descriptor.waitUntilReadable(within: Patience.standard) }
    #expect(await source.connections == 1)
    let reports = hub.events.all.filter { $0.kind == .sourceRejected }
    #expect(!reports.isEmpty && reports.count < 20, "said, but not a thousand times")
    #expect(reports.allSatisfy { $0.subject == Subject(.source, "qmp-socket") })
    #expect(await hub.machine("web")?.state == "paused")
  }

  @Test func `one user cannot take all places`() async throws {
    let hub = try await LiveSource { options in
      options.limits.strangersPerUser = 10
      options.limits.greeting = .seconds(60)
    }
    let silent = try (0..<50).map { _ in try UnixSocket.connect(to: hub.socket) }
    let rejected = try await hub.event(.sourceRejected)
    #expect(rejected.data["error"]?.string?.contains("too many connections of user") == true)
    for descriptor in silent[10...] { descriptor.waitUntilReadable(within: Patience.standard) }
    #expect(await hub.source.connections == 10)
    silent[0].close()
    let peer = try QMPPeer(.dials(hub.socket), QMPBehaviour(name: "web")).start()
    try await hub.settled("web")
    _ = peer
  }

  @Test func `when no descriptors are left the hub says so, waits, and goes on`() async {
    // In a process of its own, since the limit is the process's.
    await #expect(processExitsWith: .success) {
      let hub = try await LiveSource { $0.limits.greeting = .seconds(60) }
      var limit = rlimit(rlim_cur: 300, rlim_max: 300)
      guard unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { exit(2) }
      var clients: [Descriptor] = []
      while let client = try? UnixSocket.connect(to: hub.socket) { clients.append(client) }
      try await hub.event(.sourceDegraded) { $0.data["error"]?.string?.contains("cannot be accepted") == true }
      let place = hub.changes.count
      for client in clients { client.close() }
      try await hub.changes.until("it goes on") { changes in
        changes[place...].contains { $0.name == "qmp-socket" && $0.state == "up" }
      }
      let peer = try QMPPeer(.dials(hub.socket), QMPBehaviour(name: "web")).start()
      try await hub.settled("web")
      peer.stop()
    }
  }
}
