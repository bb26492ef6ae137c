// SPDX-License-Identifier: Apache-2.0
// The result of a unit, from a systemd on the bus to the event about the end of its machine.

import Foundation
import Glibc
import TestSupport
import Testing

@Suite(
  "vireod: results of units", .timeLimit(.minutes(2)),
  .needs(
    all: UnitGroup.requirements + FakeSystemd.requirements, .qemu, .program("busctl"), .program("dbus-daemon")))
struct UnitResultTests {
  @Test(arguments: [true, false])
  func `an end is told with what systemd says of the unit, and without when it says nothing`(answers: Bool)
    async throws
  {
    let hub = try await RunningHub(policy: .open)
    let group = try UnitGroup()
    var options = TestQEMU.Options(name: "web01", monitors: [.dials(hub.qmpSocket)])
    options.executable = try group.qemu(in: hub.directory)
    let qemu = try await TestQEMU(options)
    let systemd = try await FakeSystemd(on: hub.bus, group.unit, process: qemu.pid, answers: answers)
    let machine = RunningHub.root + "/vm/web01"
    try await hub.signal("vm.state.running", about: machine)
    #expect(kill(qemu.pid, SIGKILL) == 0)
    let stopped = try await hub.signal("vm.stopped", about: machine)
    let evidence = stopped[4]["evidence"]?["data"]?.array?.compactMap(\.string) ?? []
    let word = "systemd: \(group.unit) has the result oom-kill, main process ended by signal SIGKILL"
    #expect(evidence.contains(word) == answers, "\(evidence) \(systemd.process.errorText)")
    #expect(stopped[4]["cause"]?["data"]?.string == (answers ? "oom-kill" : "host-signal"))
    try await systemd.process.kill()
    #expect(try await hub.stop() == .exited(0))
  }
}
