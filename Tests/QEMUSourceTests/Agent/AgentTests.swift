// SPDX-License-Identifier: Apache-2.0
// Guest agents: found, asked, silent and gone.

import EventModel
import Hub
import QEMUSource
import TestSupport
import Testing

@Suite struct AgentTests {
  @Test func `an agent is asked for everything once, and the machine shows it`() async throws {
    let scene = try await AgentScene()
    let agent = try FakeAgent(at: scene.agentPath)
    try await scene.add()
    let connected = try await scene.hub.event(.vmAgentConnected)
    #expect(connected.subject == scene.subject)
    #expect(connected.data["version"] == "7.2.22")
    #expect(connected.source == Subject(.source, "agent:web"))
    #expect(try await scene.hub.event(.vmGuestHostname).data["hostname"] == "guest")
    #expect(try await scene.hub.event(.vmGuestOS).data["os"]?.map?["id"] == "debian")
    #expect(try await scene.hub.event(.vmGuestAddresses).data["addresses"] == ["10.0.0.2/24"])
    try await agent.commands.first { $0 == "guest-get-time" }
    try await scene.hub.changes.first("the clock") { $0[.guestFilesystems]?.list?.count == 1 }
    #expect(await scene.property(.agentState) == "connected")
    #expect(await scene.property(.agentVersion) == "7.2.22")
    #expect(await scene.property(.guestHostname) == "guest")
    #expect(await scene.property(.guestAddresses) == ["10.0.0.2/24"])
    let updated = await scene.property(.guestUpdated)?.uint ?? 0
    let times = await scene.property(.guestTimes)?.map ?? [:]
    #expect(times["GuestHostname"]?.uint.map { $0 > 0 && $0 <= updated } == true, "each value has its age")
    #expect(times["GuestUsers"] == nil)
    #expect(!agent.commands.all.contains("guest-get-users"), "nobody wanted to know who is logged in")
    #expect(await scene.hub.hub.object(connected.source)?.state == "up")
    #expect(await scene.hub.hub.object(connected.source)?[.kind] == "agent")
  }

  @Test func `what changes in the guest is told as it is found`() async throws {
    let scene = try await AgentScene { options in
      options.intervals.identity = .milliseconds(50)
      options.intervals.freezeStatus = .milliseconds(50)
      options.intervals.users = .milliseconds(50)
      options.asksForUsers = true
    }
    let agent = try FakeAgent(at: scene.agentPath)
    try await scene.add()
    try await scene.hub.event(.vmGuestHostname)
    agent.answer("guest-get-host-name", .returns(#"{"host-name":"renamed"}"#))
    let renamed = try await scene.hub.event(.vmGuestHostname) { $0.data["hostname"] == "renamed" }
    #expect(renamed.data["previous"] == "guest")
    agent.answer("guest-get-users", .returns(#"[{"user":"ada","login-time":1.0}]"#))
    #expect(try await scene.hub.event(.vmGuestUsers).data["added"] == ["ada"])
    agent.answer("guest-fsfreeze-status", .returns(#""frozen""#))
    try await scene.hub.event(.vmGuestFrozen)
    #expect(await scene.property(.guestFrozen) == true)
    agent.answer("guest-fsfreeze-status", .returns(#""thawed""#))
    try await scene.hub.event(.vmGuestThawed)
  }

  @Test func `an agent that falls silent is unresponsive, and connected when it answers again`() async throws {
    let scene = try await AgentScene { options in
      options.limits.answer = .milliseconds(200)
      options.limits.synchronization = .milliseconds(200)
      options.intervals.ping = .milliseconds(50)
    }
    let agent = try FakeAgent(at: scene.agentPath)
    try await scene.add()
    try await agent.commands.first { $0 == "guest-ping" }
    agent.answer("guest-ping", .silence)
    agent.setAlive(false)
    let silent = try await scene.hub.event(.vmAgentUnresponsive)
    #expect(silent.data["command"] == "guest-ping")
    #expect(silent.severity == .warning)
    #expect(await scene.property(.agentState) == "unresponsive")
    #expect(await scene.hub.hub.object(silent.source)?.state == "degraded")
    let place = scene.hub.events.count
    agent.answer("guest-ping", .returns("{}"))
    agent.setAlive(true)
    try await scene.hub.event(.vmAgentConnected, from: place)
    #expect(await scene.property(.guestHostname) == "guest", "the last good value stays")
    #expect(await scene.hub.hub.object(silent.source)?.state == "up")
    #expect(scene.hub.events.all.filter { $0.kind == .vmAgentUnresponsive }.count == 1)
  }

  @Test func `an agent whose port the guest closed is disconnected`() async throws {
    let scene = try await AgentScene { $0.limits.synchronization = .milliseconds(200) }
    let agent = try FakeAgent(at: scene.agentPath)
    try await scene.add()
    try await scene.hub.event(.vmGuestAddresses)
    agent.setAlive(false)
    scene.monitor.emit("VSERPORT_CHANGE", ["id": "port0", "open": false])
    try await scene.hub.event(.vmPortClosed)
    try await scene.hub.event(.vmAgentDisconnected)
    #expect(await scene.property(.agentState) == "disconnected")
    let place = scene.hub.events.count
    agent.setAlive(true)
    scene.monitor.emit("VSERPORT_CHANGE", ["id": "port0", "open": true])
    try await scene.hub.event(.vmAgentConnected, from: place)
  }

  @Test func `an agent that ends in the middle of a question is not waited for, and the next one is asked again`()
    async throws
  {
    let scene = try await AgentScene {
      $0.limits.answer = .seconds(3600)
      $0.limits.synchronization = .milliseconds(200)
    }
    let agent = try FakeAgent(at: scene.agentPath)
    agent.answer("guest-get-host-name", .silence)
    try await scene.add()
    try await agent.commands.first { $0 == "guest-get-host-name" }
    agent.setAlive(false)
    scene.monitor.emit("VSERPORT_CHANGE", ["id": "port0", "open": false])
    try await scene.hub.event(.vmAgentDisconnected)
    let place = scene.hub.events.count
    agent.answer("guest-get-host-name", .returns(#"{"host-name":"guest"}"#))
    agent.setAlive(true)
    scene.monitor.emit("VSERPORT_CHANGE", ["id": "port0", "open": true])
    try await scene.hub.event(.vmAgentConnected, from: place)
    try await scene.hub.event(.vmGuestHostname, from: place)
  }

  @Test func `the agent of a machine that stands still is not blamed, and is asked when the machine goes on`()
    async throws
  {
    let scene = try await AgentScene { options in
      options.limits.answer = .milliseconds(200)
      options.limits.synchronization = .milliseconds(200)
      options.intervals.ping = .milliseconds(50)
    }
    let agent = try FakeAgent(at: scene.agentPath)
    try await scene.add()
    // Another one whose machine runs tells the time: it is told to be silent after that long.
    let clockPath = scene.hub.directory.file("clock-monitor")
    let clockMonitor = try QMPPeer(.listens(clockPath), QMPBehaviour(name: "clock")).start()
    let clock = try FakeAgent(at: scene.hub.directory.file("clock-agent"))
    let (source, clockAgent) = (scene.hub.source, scene.hub.directory.file("clock-agent"))
    _ = try await scene.hub.onLoop {
      try source.addMachine(name: "clock", monitorPath: clockPath, agentPath: clockAgent)
    }
    for agent in [agent, clock] { try await agent.commands.first { $0 == "guest-ping" } }
    scene.monitor.enter("paused")
    try await scene.hub.event(.vmStatePaused)
    for agent in [agent, clock] {
      agent.answer("guest-ping", .silence)
      agent.setAlive(false)
    }
    try await scene.hub.event(.vmAgentUnresponsive) { $0.name == "clock" }
    scene.monitor.enter("running")
    let running = try await scene.hub.event(.vmStateRunning) { $0.data["previous"] == "paused" }
    let blamed = try await scene.hub.event(.vmAgentUnresponsive) { $0.name == "web" }
    #expect(blamed.sequence > running.sequence)
    withExtendedLifetime(clockMonitor) {}
  }

  @Test func `a channel that closes is dialled again`() async throws {
    let scene = try await AgentScene()
    let agent = try FakeAgent(at: scene.agentPath)
    try await scene.add()
    try await scene.hub.event(.vmGuestAddresses)
    let place = scene.hub.events.count
    agent.hangUp()
    try await scene.hub.event(.vmAgentDisconnected, from: place)
    try await scene.hub.event(.vmAgentConnected, from: place)
    #expect(!scene.hub.events.all[place...].contains { $0.kind == .vmGuestHostname }, "the same guest says the same")
    #expect(agent.connections.count == 2)
  }

  @Test func `an agent that comes after the machine is found`() async throws {
    let scene = try await AgentScene()
    try await scene.add()
    try await scene.hub.settled("web")
    let agent = try FakeAgent(at: scene.agentPath)
    try await scene.hub.event(.vmAgentConnected)
    _ = agent
  }

  @Test func `an agent beside the monitor in the directory is found by its name`() async throws {
    let hub = try await LiveSource(looksForMonitors: true) { $0.agents.limits.firstRetry = .milliseconds(20) }
    let monitor = try QMPPeer(.listens(hub.directory.file("monitors/one.qmp")), QMPBehaviour(name: "web")).start()
    try await hub.settled("web")
    let agent = try FakeAgent(at: hub.directory.file("monitors/one.agent"))
    try await hub.event(.vmAgentConnected)
    monitor.emit("SHUTDOWN", ["guest": true, "reason": "guest-shutdown"])
    try await hub.event(.vmShutdown)
    monitor.stop()
    try await hub.event(.vmStopped)
    #expect(await hub.hub.object(Subject(.source, "agent:web")) == nil)
    #expect(await hub.machine("web")?[.agentState] == "unknown")
    _ = agent
  }

  @Test func `commands that an agent does not know are not asked again`() async throws {
    let scene = try await AgentScene { $0.intervals.identity = .milliseconds(50) }
    let agent = try FakeAgent(at: scene.agentPath)
    agent.answer("guest-get-osinfo", .fails("CommandNotFound"))
    try await scene.add()
    try await agent.commands.until("several rounds") { $0.filter { $0 == "guest-get-host-name" }.count >= 4 }
    #expect(agent.commands.all.filter { $0 == "guest-get-osinfo" }.count == 1)
  }
}
