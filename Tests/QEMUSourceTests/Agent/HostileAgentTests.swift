// SPDX-License-Identifier: Apache-2.0
// Guest agents that wish the hub ill.

import EventModel
import Hub
import QEMUSource
import TestSupport
import Testing

@Suite struct HostileAgentTests {
  @Test func `a hostile agent costs a bounded amount, and the machine's own events do not wait`() async throws {
    let scene = try await AgentScene { options in
      options.limits.bytesPerWindow = 1 << 20
      options.limits.window = .seconds(60)
    }
    let agent = try FakeAgent(at: scene.agentPath)
    try await scene.add()
    try await scene.hub.event(.vmGuestAddresses)
    let flood = Task.detached { agent.send([UInt8](repeating: 0x0A, count: 64 << 20)) }
    try await scene.hub.event(.sourceRejected) { $0.data["error"]?.string?.contains("not read for a while") == true }
    scene.monitor.enter("paused")
    try await scene.hub.event(.vmStatePaused)
    agent.stop()
    await flood.value
  }

  @Test func `a hundred thousand interfaces in one answer are more than a line may have`() async throws {
    let scene = try await AgentScene()
    let agent = try FakeAgent(at: scene.agentPath)
    let row = Array(#"{"name":"e","ip-addresses":[{"ip-address":"10.1.2.3","prefix":8}]},"#.utf8)
    let many = Array(repeatElement(row, count: 100_000).joined())
    agent.answer("guest-network-get-interfaces", .raw(Array(#"{"return": ["#.utf8) + many + Array("{}]}\n".utf8)))
    try await scene.add()
    try await scene.hub.event(.vmAgentDisconnected)
    #expect(await scene.property(.guestAddresses) == [])
    scene.monitor.enter("paused")
    try await scene.hub.event(.vmStatePaused)
    agent.stop()
  }

  @Test func `an endless line ends the connection`() async throws {
    let scene = try await AgentScene()
    let agent = try FakeAgent(at: scene.agentPath)
    try await scene.add()
    try await scene.hub.event(.vmGuestAddresses)
    let place = scene.hub.events.count
    let flood = Task.detached { agent.send([UInt8](repeating: UInt8(ascii: "x"), count: 8 << 20)) }
    try await scene.hub.event(.vmAgentDisconnected, from: place)
    #expect(
      await scene.hub.hub.object(Subject(.source, "agent:web"))?[.lastError]?.string?.contains("longer than") == true)
    await flood.value
    try await scene.hub.event(.vmAgentConnected, from: place)
  }

  @Test func `ten thousand interfaces, wrong types and control characters harm nothing`() async throws {
    let scene = try await AgentScene()
    let agent = try FakeAgent(at: scene.agentPath)
    let row = #"{"name":"\u001b[2J","ip-addresses":[{"ip-address":"10.1.2.3","prefix":8}]}"#
    agent.answer(
      "guest-network-get-interfaces", .returns("[" + Array(repeating: row, count: 10_000).joined(separator: ",") + "]")
    )
    agent.answer("guest-get-host-name", .returns("[[[[7]]]]"))
    agent.answer("guest-get-osinfo", .raw(Array("{\"return\": {\"id\": \"\u{0}\u{1B}\"}}\n".utf8)))
    agent.answer("guest-get-fsinfo", .raw([0xFF, 0xFE, 0x0A]))
    try await scene.add()
    try await scene.hub.event(.vmGuestAddresses)
    #expect(await scene.property(.guestAddresses) == ["10.1.2.3/8"])
    let reports = scene.hub.events.all.filter { $0.kind == .sourceRejected }.compactMap { $0.data["error"]?.string }
    #expect(reports.contains { $0.contains("guest-get-host-name") })
    #expect(reports.contains { $0.contains("guest-get-osinfo") })
  }
}
