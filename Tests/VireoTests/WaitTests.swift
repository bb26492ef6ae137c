// SPDX-License-Identifier: Apache-2.0
// vireo wait: the exit status is its answer.

import EventModel
import TestSupport
import Testing

@Suite("vireo wait", .needs(.root, .program("dbus-daemon")), .timeLimit(.minutes(5)))
struct WaitTests {
  @Test func `it ends with 0 when it happens and prints what happened`() async throws {
    let hub = try await TestHub()
    await hub.addMachine("web01")
    await hub.addMachine("db1")
    let wait = try hub.start("wait", "web01", "agent.connected", "watchdog", "-ocat", "--timeout", "5min")
    while wait.isRunning {
      await hub.publish(.vmWatchdog, "db1")
      await hub.publish(.vmWatchdog, data: ["action": "pause"])
      _ = try? await wait.exit(within: .milliseconds(50))
    }
    #expect(wait.status == .exited(0))
    #expect(wait.output.all == ["web01 vm.watchdog action=pause state=running"])
  }

  @Test func `it ends with 3 when the time is over, and says so`() async throws {
    let hub = try await TestHub()
    await hub.addMachine("web01")
    let result = try await hub.vireo("wait", "web01", "agent.connected", "--timeout", "100ms")
    #expect(result.status == .exited(3))
    #expect(result.output.isEmpty && result.errors == "vireo: nothing of the kind happened in time\n")
    // Without a hub it is an error and no time-out.
    let bus = try await TestBus(.daemon, BusConfiguration(policy: .product))
    let away = try await runTool(
      try Repository.program("vireo"), arguments: ["wait", "web01", "agent.connected", "--timeout", "5min"],
      environment: bus.environment)
    #expect(away.status == .exited(1))
  }

  @Test func `a state that is there already is met at once, unless the next time is asked for`() async throws {
    let hub = try await TestHub()
    await hub.addMachine("web01")
    await hub.publish(.vmAgentConnected, changes: [.agentState: "connected"])
    await hub.publish(.vmStatePaused, changes: [.state: "paused"])
    #expect(
      try await hub.vireo("wait", "web01", "agent.connected", "-ocat").output
        == "web01 vm.agent.connected state=running\n")
    #expect(try await hub.vireo("wait", "web01", "state.paused", "--timeout", "5min").isSuccess)
    #expect(try await hub.vireo("wait", "web01", "state.running", "--timeout", "100ms").status == .exited(3))
    #expect(try await hub.vireo("wait", "web01", "state.paused", "--next", "--timeout", "100ms").status == .exited(3))
  }

  @Test func `a state whose event is still on its way into the journal is met when that is there`() async throws {
    let log = HeldLog()
    let hub = try await TestHub(log: log)
    await hub.addMachine("web01")
    log.hold()
    let publishing = Task { await hub.publish(.vmStatePaused, changes: [.state: "paused"]) }
    while try await hub.vireo("show", "web01", "-P", "State").output != "paused\n" {}
    let early = try await hub.vireo("wait", "web01", "state.paused", "--timeout", "200ms")
    #expect(early.status == .exited(3) && early.output.isEmpty, "\(early)")
    log.release()
    _ = await publishing.value
    let met = try await hub.vireo("wait", "web01", "state.paused", "-ocat", "--timeout", "5min")
    #expect(met.output == "web01 vm.state.paused\n" && met.errors.isEmpty, "\(met)")
  }

  @Test func `a machine that is not there yet is waited for, and a cursor makes the past count`() async throws {
    let hub = try await TestHub()
    let cursor = String(
      try #require(try await hub.vireo("log", "--show-cursor").lines.last).dropFirst(11).drop { $0 == " " })
    let wait = try hub.start("wait", "later", "vm.added", "--timeout", "5min")
    await hub.addMachine("later")
    #expect(try await wait.exit() == .exited(0))
    let past = try await hub.vireo("wait", "-", "vm.added", "--after-cursor", cursor, "-ocat")
    #expect(past.output.hasPrefix("later vm.added"), "\(past)")
  }
}
