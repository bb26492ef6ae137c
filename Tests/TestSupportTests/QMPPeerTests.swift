// SPDX-License-Identifier: Apache-2.0
// A fake monitor greets, answers, sends events, and misbehaves exactly as it was told.

import Foundation
import TestSupport
import Testing

@Suite struct QMPPeerTests {
  @Test func `a peer that listens greets, answers and sends events only after the negotiation`() async throws {
    let (directory, peer) = try makeListener(QMPBehaviour(name: "web01"))
    let client = try QMPMonitor(try UnixSocket.connect(to: directory.file("monitor")))
    try await peer.connections.atLeast(1)
    #expect(!peer.emit("STOP"))
    try await client.negotiated()
    #expect(client.version == "7.2.22")
    #expect(try await client.execute("query-name") == ["name": "web01"])
    #expect(try await client.execute("query-status")["status"] == "running")
    peer.enter("paused")
    try await client.events.first("the event") { $0.name == "STOP" }
    #expect(try await client.execute("query-status")["status"] == "paused")
    #expect(peer.commands.all.map(\.name) == ["qmp_capabilities", "query-name", "query-status", "query-status"])
  }

  @Test func `a second client is not greeted before the first leaves`() async throws {
    let (directory, peer) = try makeListener()
    let first = try QMPMonitor(try UnixSocket.connect(to: directory.file("monitor")))
    try await first.negotiated()
    let second = try QMPMonitor(try UnixSocket.connect(to: directory.file("monitor")))
    try await first.execute("query-status")
    #expect(peer.connections.count == 1)
    first.close()
    try await second.negotiated()
    #expect(peer.connections.count == 2)
  }

  @Test func `a peer can fail a command, wedge, answer twice and close in the middle of a reply`() async throws {
    let (directory, peer) = try makeListener()
    peer.change { behaviour in
      behaviour.answers["query-block"] = .fails(errorClass: "GenericError", text: "no block layer")
      behaviour.answers["query-kvm"] = .silence
      behaviour.answers["query-jobs"] = .lines(["{\"event\":\"STOP\"}", "{\"return\":[],\"id\":@ID@}", "garbage"])
      behaviour.answers["query-name"] = .closesInTheMiddle
    }
    let client = try QMPMonitor(try UnixSocket.connect(to: directory.file("monitor")))
    try await client.negotiated()
    let failure = await #expect(throws: QMPFailure.self) { try await client.execute("query-block") }
    #expect(failure?.text == "no block layer")
    await #expect(throws: WaitError.self) { try await client.execute("query-kvm", within: .milliseconds(30)) }
    #expect(try await client.execute("query-jobs") == [])
    #expect(client.events.count == 1)
    await #expect(throws: WaitError.self) { try await client.execute("query-name") }
    try await peer.ends.atLeast(1)
  }

  @Test func `a peer that never greets is connected and silent`() async throws {
    var behaviour = QMPBehaviour()
    behaviour.greeting = .never
    let (directory, peer) = try makeListener(behaviour)
    let client = try QMPMonitor(try UnixSocket.connect(to: directory.file("monitor")))
    try await peer.connections.atLeast(1)
    await #expect(throws: WaitError.self) { try await client.negotiated(within: .milliseconds(30)) }
  }

  @Test func `a line of 64 MiB is sent whole, and what is not taken waits in the peer`() async throws {
    let (directory, peer) = try makeListener()
    let socket = try UnixSocket.connect(to: directory.file("monitor"))
    try await peer.connections.atLeast(1)
    peer.sendLine(ofLength: 64 << 20)
    #expect(peer.pending > 32 << 20)
    let received = await Task.detached { count(socket, until: 64 << 20) }.value
    #expect(received >= 64 << 20)
    try await peer.drained()
    #expect(peer.pending == 0)
  }

  @Test func `a thousand peers dial one socket, are served, and dial again when the hub comes back`() async throws {
    let directory = try TemporaryDirectory()
    let path = directory.file("hub")
    let fleet = try QMPFleet(1000, dialling: path)
    let first = try QMPListener(at: path)
    let monitors = try await first.monitors.atLeast(1000)
    for monitor in monitors { try await monitor.negotiated() }
    #expect(fleet.emit("STOP") == 1000)
    for monitor in monitors { try await monitor.events.first("STOP") { $0.name == "STOP" } }
    first.stop()
    for peer in fleet.peers { try await peer.ends.atLeast(1) }
    let second = try QMPListener(at: path)
    for monitor in try await second.monitors.atLeast(1000) { try await monitor.negotiated() }
    try await fleet.negotiated()
    fleet.stop()
    second.stop()
  }

  private func makeListener(_ behaviour: QMPBehaviour = QMPBehaviour()) throws -> (TemporaryDirectory, QMPPeer) {
    let directory = try TemporaryDirectory()
    return (directory, try QMPPeer(.listens(directory.file("monitor")), behaviour).start())
  }
}

/// Reads until `total` bytes have come or the other side ends.
private func count(_ socket: Descriptor, until total: Int) -> Int {
  var seen = 0
  while seen < total {
    switch socket.read(upTo: 1 << 20) {
    case .bytes(let bytes): seen += bytes.count
    case .wouldBlock: socket.waitUntilReadable(within: .seconds(5))
    case .end, .failed: return seen
    }
  }
  return seen
}
