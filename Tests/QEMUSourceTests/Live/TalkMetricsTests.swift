// SPDX-License-Identifier: Apache-2.0
// What the source counts about its talk with monitors and agents.

import EventModel
import Hub
import QEMUSource
import TestSupport
import Testing

@Suite struct TalkMetricsTests {
  private func value(_ hub: LiveSource, _ sample: String) async -> Double? {
    let text = await hub.hub.metrics()
    return text.split(separator: "\n").first { $0.hasPrefix(sample + " ") }?.split(separator: " ").last.flatMap {
      Double($0)
    }
  }

  @Test func `what monitors are asked is counted by command and result, and what they say by bytes`() async throws {
    let hub = try await LiveSource()
    let monitor = try QMPPeer(.dials(hub.socket), QMPBehaviour(name: "web")).start()
    try await hub.settled("web")
    #expect(await value(hub, #"vireo_qmp_commands_total{command="query-status",result="ok"}"#) ?? 0 >= 1)
    #expect(await value(hub, #"vireo_source_resync_duration_seconds_count{source="qmp"}"#) == 1)
    let before = try #require(await value(hub, "vireo_qmp_bytes_read_total"))
    #expect(before > 200)
    monitor.emit("RESET", ["guest": true, "reason": "guest-reset"])
    try await hub.event(.vmReset)
    let after = try #require(await value(hub, "vireo_qmp_bytes_read_total"))
    #expect(after > before + 40)
  }

  @Test func `a question to an agent is timed, and one without an answer is counted`() async throws {
    let hub = try await LiveSource { options in
      options.agents.limits.answer = .milliseconds(200)
      options.agents.limits.synchronization = .milliseconds(200)
      options.agents.intervals.ping = .milliseconds(50)
    }
    let (path, agentPath) = (hub.directory.file("monitor"), hub.directory.file("agent"))
    let monitor = try QMPPeer(.listens(path), QMPBehaviour(name: "web")).start()
    let agent = try FakeAgent(at: agentPath)
    let source = hub.source
    _ = try await hub.onLoop { try source.addMachine(name: "web", monitorPath: path, agentPath: agentPath) }
    try await hub.event(.vmGuestHostname)
    #expect(await value(hub, #"vireo_qga_poll_duration_seconds_count{command="guest-get-host-name"}"#) == 1)
    #expect(
      await value(hub, #"vireo_qga_poll_duration_seconds_bucket{command="guest-get-host-name",le="+Inf"}"#) == 1)
    #expect(await value(hub, #"vireo_qga_timeouts_total{command="guest-ping"}"#) == nil)
    try await agent.commands.first { $0 == "guest-ping" }
    agent.answer("guest-ping", .silence)
    agent.setAlive(false)
    try await hub.event(.vmAgentUnresponsive)
    #expect(await value(hub, #"vireo_qga_timeouts_total{command="guest-ping"}"#) == 1)
    withExtendedLifetime(monitor) {}
  }
}
