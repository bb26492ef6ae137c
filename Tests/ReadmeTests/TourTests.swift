// SPDX-License-Identifier: Apache-2.0
// The README's tour, taken: every line is run against a running hub that watches a real VM.

import Foundation
import TestSupport
import Testing

@Suite(
  .needs(
    .root, .mountNamespaces, .qemu, .program("dbus-daemon"), .program("busctl"), .program("gdbus"),
    .program("dbus-send"), .program("dbus-monitor")))
struct TourTests {
  @Test(arguments: [nil, TestUser.member])
  func `every command of the tour does what the README says, for root and for a member`(_ user: TestUser?) async throws
  {
    let (daemon, vm) = try await makeHub()
    for command in try tour() where command.mode != .follow {
      let result = try await runTool("sh", "-c", command.command, environment: daemon.bus.environment, user: user)
      #expect(result.isSuccess == (command.mode == .runs), "\(command): \(result)")
      let missing = try command.missingLine(in: result.output + result.errors)
      #expect(missing == nil, "\(command): \(result)")
    }
    try await vm.quit()
  }

  @Test func `every command that follows shows an event as it happens`() async throws {
    let (daemon, vm) = try await makeHub()
    for command in try tour() where command.mode == .follow {
      let follower = try ChildProcess(
        "sh", ["-c", "exec \(command.command) 2>&1"], options: .init(environment: daemon.bus.environment))
      try await follower.output.first("the first line of \(command)") { !$0.isEmpty }
      // gdbus says that it listens a moment before it does, so an event that it missed is made again.
      var heard = false
      for _ in 0..<10 where !heard {
        try await vm.execute("stop")
        try await vm.execute("cont")
        let event = try? await follower.output.first(within: .seconds(3)) { $0.contains("vm.state.paused") }
        heard = event != nil
      }
      #expect(heard, "\(command): \(follower.outputText)")
      try await follower.stop()
    }
    try await vm.quit()
  }

  @Test func `an outsider gets nothing from the tour`() async throws {
    let (daemon, vm) = try await makeHub()
    for command in try tour() where command.mode == .runs {
      let result = try await runTool(
        "sh", "-c", command.command, environment: daemon.bus.environment, user: .nobody)
      #expect(!result.isSuccess || !result.output.contains("vm"), "\(result)")
    }
    try await vm.quit()
  }

  private func tour() throws -> [ConsoleCommand] { ConsoleCommand.commands(in: try Repository.text(of: "README.md")) }

  /// A hub that watches a running VM called demo.
  private func makeHub() async throws -> (TestDaemon, TestQEMU) {
    let daemon = try await TestDaemon(on: try await TestBus(.daemon, BusConfiguration(policy: .product)))
    let vm = try await TestQEMU(.init(name: "demo", monitors: [.dials(daemon.monitorSocket)]))
    try await daemon.event("vm.state.running")
    return (daemon, vm)
  }
}
