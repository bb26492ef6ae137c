// SPDX-License-Identifier: Apache-2.0
// How units ended, as systemd tells it: in time, late, wrong, or not at all.

import DBusTypes
import Hub
import SourceTestSupport
import TestSupport
import Testing

@testable import HostSource

@Suite("systemd: how units ended", .timeLimit(.minutes(2)), .needs(.program("dbus-daemon")))
struct UnitTests {
  private static let service: InterfaceName = "org.freedesktop.systemd1.Service"
  private static let scope: InterfaceName = "org.freedesktop.systemd1.Scope"

  @Test(arguments: TestBus.Kind.allCases)
  func `a service that has ended says how`(kind: TestBus.Kind) async throws {
    try #require(kind.requirement.isMet)
    let systemd = try await UnitRig(kind)
    try await systemd.serve("qemu@web01.service", UnitRig.service(4242, "core-dump", 3, 11))
    let end = try await systemd.answer("qemu@web01.service", 4242)
    #expect(end?.unit.rawValue == "qemu@web01.service")
    #expect(end?.result == "core-dump")
    #expect(end?.exit == .signalled(11))
    try await systemd.serve("other.service", UnitRig.service(4243, "exit-code", 1, 3))
    #expect(try await systemd.answer("other.service", 4243)?.exit == .exited(code: 3))
    try await systemd.stop()
  }

  @Test func `a service that systemd has yet to hear of is waited for`() async throws {
    let systemd = try await UnitRig()
    try await systemd.serve("vm.service", UnitRig.service(7, "success", 0, 0))
    let answers = try await systemd.ask("vm.service", 7)
    try await systemd.asked.first("everything is read") { $0 == "ExecMainPID" }
    // Of another interface, and of another unit: neither is about it.
    try await systemd.change("vm.service", UnitRig.unit, ["ActiveState": .string("failed")])
    try await systemd.change("other.service", Self.service, UnitRig.service(7, "timeout", 2, 9))
    try await systemd.change("vm.service", Self.service, UnitRig.service(7, "signal", 2, 9))
    let end = try await answers.first("the answer") { _ in true }.first
    #expect(end?.result == "signal")
    #expect(end?.exit == .signalled(9))
    try await systemd.asked.first("nobody listens any more") { $0 == "Unsubscribe" }
    #expect(systemd.asked.all.first == "Subscribe")
    try await systemd.stop()
  }

  @Test func `a scope is waited for until nobody is left in it`() async throws {
    let systemd = try await UnitRig()
    let unit = #"machine-qemu\x2d1\x2dweb.scope"#
    try await systemd.serve(unit, UnitRig.scope("active", "success"))
    let answers = try await systemd.ask(unit, 7)
    try await systemd.asked.first("everything is read") { $0.hasPrefix("Inactive") }
    try await systemd.change(unit, Self.scope, ["Result": .string("success")])
    try await systemd.change(unit, UnitRig.unit, ["ActiveState": .string("deactivating")])
    try await systemd.change(unit, UnitRig.unit, ["ActiveState": .string("inactive")])
    let end = try await answers.first("the answer") { _ in true }.first
    #expect(end?.unit.rawValue == unit)
    #expect(end?.result == "success")
    #expect(end?.exit == nil)
    try await systemd.stop()
  }

  @Test func `a scope that ends for a reason is not waited for until it is over`() async throws {
    let systemd = try await UnitRig()
    try await systemd.serve("vm.scope", UnitRig.scope("deactivating", "timeout"))
    #expect(try await systemd.answer("vm.scope", 7)?.result == "timeout")
    try await systemd.stop()
  }

  @Test func `a scope in which others live on is not waited for`() async throws {
    let systemd = try await UnitRig()
    try await systemd.serve("session-3.scope", UnitRig.scope("active", "success"))
    #expect(try await systemd.answer("session-3.scope", 7, isPopulated: true) == nil)
    // It ends with them, all of it for one reason.
    try await systemd.serve("vm.scope", UnitRig.scope("failed", "oom-kill"))
    #expect(try await systemd.answer("vm.scope", 7, isPopulated: true)?.result == "oom-kill")
    try await systemd.stop()
  }

  @Test func `a unit that systemd does not know, or knows from another life, says nothing`() async throws {
    let systemd = try await UnitRig()
    #expect(try await systemd.answer("gone.service", 7) == nil)
    try await systemd.serve("vm.service", UnitRig.service(8, "success", 0, 0))
    #expect(try await systemd.answer("vm.service", 7) == nil)
    try await systemd.serve("fresh.service", UnitRig.service(0, "success", 0, 0))
    #expect(try await systemd.answer("fresh.service", 7) == nil)
    try await systemd.serve("later.scope", UnitRig.scope("failed", "oom-kill", began: .max))
    #expect(try await systemd.answer("later.scope", 7) == nil)
    try await systemd.serve("fresh.scope", UnitRig.scope("inactive", "success", began: 0))
    #expect(try await systemd.answer("fresh.scope", 7) == nil)
    try await systemd.stop()
  }

  @Test func `an end that nobody saw belongs to a life that had begun when the process was last seen`() async throws {
    let systemd = try await UnitRig()
    let now = ClockWatch.awake().inMicroseconds
    let minute: UInt64 = 60_000_000
    // The test waits for no clock: a host that is up for less than two minutes has its marks at its start.
    let (before, after) = (max(now, 2 * minute) - 2 * minute + 1, now)
    let age = Duration.microseconds(Int64(now - before) / 2)
    for (name, began, isKnown) in [("old", before, true), ("new", after, false)] {
      try await systemd.serve("\(name).scope", UnitRig.scope("failed", "oom-kill", began: began))
      #expect(try await systemd.answer("\(name).scope", 7, age: age)?.result == (isKnown ? "oom-kill" : nil))
      // Also where a number has come to another process of the same service.
      try await systemd.serve("\(name).service", UnitRig.service(7, "signal", 2, 9, began: began))
      #expect(try await systemd.answer("\(name).service", 7, age: age)?.result == (isKnown ? "signal" : nil))
      // Who sees the end ask without an age, and both are of the life that just ended.
      #expect(try await systemd.answer("\(name).service", 7)?.result == "signal")
    }
    // Before the host was started nothing began that is known now.
    #expect(try await systemd.answer("old.service", 7, age: .seconds(10_000_000_000)) == nil)
    try await systemd.stop()
  }

  @Test func `while the bus is being reached questions wait, and then they are asked`() async throws {
    let systemd = try await UnitRig()
    try await systemd.serve("vm.service", UnitRig.service(7, "signal", 2, 9))
    // As when the hub begins: the bus is not there yet when the ends are found that nobody saw.
    let answers = try await systemd.ask("vm.service", 7, age: .microseconds(1), reconnects: true)
    #expect(try await answers.first("the answer") { _ in true }.first?.result == "signal")
    try await systemd.stop()
  }

  @Test func `a bus that cannot be reached answers whoever waits for it`() async throws {
    let systemd = try await UnitRig()
    try await systemd.bus.kill()
    let answers = try await systemd.ask("vm.service", 7, reconnects: true)
    #expect(try await answers.first("the answer") { _ in true }.isEmpty)
    try await systemd.stop()
  }

  @Test func `a host without systemd, or without a bus, does not hold anybody up`() async throws {
    let systemd = try await UnitRig(isThere: false)
    #expect(try await systemd.answer("vm.service", 7) == nil)
    try await systemd.bus.kill()
    #expect(try await systemd.answer("vm.service", 7) == nil)
    try await systemd.stop()
  }

  @Test func `a bus that goes in the middle does not hold anybody up`() async throws {
    let systemd = try await UnitRig(.daemon, .hangs)
    let answers = try await systemd.ask("vm.service", 7)
    try await systemd.asked.first("it is asked") { $0 == "GetUnit" }
    try await systemd.bus.kill()
    #expect(try await answers.first("the answer") { _ in true }.isEmpty)
    try await systemd.stop()
  }

  @Test func `a systemd that never answers costs its time and no more`() async throws {
    let systemd = try await UnitRig(.daemon, .hangs) {
      $0.patience = .milliseconds(200)
      $0.inquiries = 2
    }
    var answers: [Recorder<[UnitEnd]>] = []
    // Those beyond the first two have not even been asked for when their time is over.
    for process in 1...5 { answers.append(try await systemd.ask("vm\(process).service", Int32(process))) }
    for answer in answers { #expect(try await answer.first("the answer") { _ in true }.isEmpty) }
    try await systemd.stop()
  }

  @Test func `a change that never comes costs its time and no more`() async throws {
    let systemd = try await UnitRig { $0.patience = .milliseconds(200) }
    try await systemd.serve("session-3.scope", UnitRig.scope("active", "success"))
    #expect(try await systemd.answer("session-3.scope", 7) == nil)
    try await systemd.stop()
  }

  @Test(arguments: [
    ["Result": BusValue.uint32(1)], ["Result": .string("")], ["Result": .string("no\nnews")],
    ["Result": .string(String(repeating: "x", count: UnitEnd.resultLimit + 1))], ["ExecMainPID": .string("7")],
    ["ExecMainPID": .uint64(7)], ["ExecMainCode": .string("2")], ["ExecMainCode": .int32(9)],
    ["ExecMainCode": .int32(-1)], ["ExecMainStatus": .int32(0)], ["ExecMainStatus": .int32(.max)],
    ["ExecMainStatus": .bytes([9])], ["ExecMainStartTimestampMonotonic": .int64(1)],
    ["ExecMainStartTimestampMonotonic": .string("1")], ["ExecMainStartTimestampMonotonic": .uint64(0)],
    ["ExecMainStartTimestampMonotonic": .uint64(.max)],
  ])
  func `what cannot be systemd's word is none`(wrong: [String: BusValue]) async throws {
    let systemd = try await UnitRig()
    let right = UnitRig.service(7, "signal", 2, 9)
    try await systemd.serve("vm.service", right.merging(wrong) { $1 })
    #expect(try await systemd.answer("vm.service", 7) == nil)
    // By a change as well.
    try await systemd.serve("late.service", UnitRig.service(7, "success", 0, 0))
    let answers = try await systemd.ask("late.service", 7)
    try await systemd.asked.until("everything is read twice") { $0.count { $0 == "ExecMainPID" } == 2 }
    try await systemd.change("late.service", Self.service, right.merging(wrong) { $1 })
    #expect(try await answers.first("the answer") { _ in true }.isEmpty)
    try await systemd.stop()
  }

  @Test(arguments: [UnitRig.Manner.babbles, .misleads])
  func `an answer that is no place of the unit is none`(manner: UnitRig.Manner) async throws {
    let systemd = try await UnitRig(.daemon, manner)
    #expect(try await systemd.answer("vm.service", 7) == nil)
    try await systemd.stop()
  }

  @Test func `a service that does not tell what is asked says nothing`() async throws {
    let systemd = try await UnitRig()
    try await systemd.serve("vm.service", ["Result": .string("success")])
    #expect(try await systemd.answer("vm.service", 7) == nil)
    try await systemd.stop()
  }

  @Test func `many that end at once are all answered, a few at a time`() async throws {
    let systemd = try await UnitRig { $0.inquiries = 3 }
    var answers: [Recorder<[UnitEnd]>] = []
    for number in 1...40 {
      try await systemd.serve("vm\(number).service", UnitRig.service(UInt32(number), "exit-code", 1, Int32(number)))
    }
    for number in 1...40 { answers.append(try await systemd.ask("vm\(number).service", Int32(number))) }
    for (index, answer) in answers.enumerated() {
      #expect(try await answer.first("the answer") { _ in true }.first?.exit == .exited(code: Int32(index + 1)))
    }
    try await systemd.stop()
  }

  @Test func `nobody else's word is taken for systemd's`() async throws {
    let systemd = try await UnitRig()
    try await systemd.serve("vm.service", UnitRig.service(7, "success", 0, 0))
    let answers = try await systemd.ask("vm.service", 7)
    try await systemd.asked.first("everything is read") { $0 == "ExecMainPID" }
    let forged = try await runTool(
      "gdbus",
      arguments: [
        "emit", "--address", systemd.bus.address, "--object-path", "/org/freedesktop/systemd1/unit/vm_2eservice",
        "--signal", "org.freedesktop.DBus.Properties.PropertiesChanged", "org.freedesktop.systemd1.Service",
        "{'Result': <'oom-kill'>, 'ExecMainPID': <uint32 7>, 'ExecMainCode': <2>, 'ExecMainStatus': <9>}", "@as []",
      ])
    #expect(forged.isSuccess, "\(forged)")
    try await systemd.change("vm.service", Self.service, UnitRig.service(7, "signal", 2, 15))
    #expect(try await answers.first("the answer") { _ in true }.first?.result == "signal")
    try await systemd.stop()
  }
}
