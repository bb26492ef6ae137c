// SPDX-License-Identifier: Apache-2.0
// The main job from end to end: a real QEMU's events on a real bus.

import Foundation
import TestSupport
import Testing

@Suite(
  "vireod: the main job", .needs(.root, .qemu, .program("busctl"), .program("dbus-daemon")), .timeLimit(.minutes(5)))
struct MainJobTests {
  private let uuid = "7c1e6f0e-9d0f-4c8e-8a53-2b1f00c0ffee"
  private let path = "/org/vireo/Hub1/vm/_37c1e6f0e_2d9d0f_2d4c8e_2d8a53_2d2b1f00c0ffee"

  private func start(on hub: RunningHub) async throws -> TestQEMU {
    let qemu = try await TestQEMU(.init(name: "web01", uuid: uuid, monitors: [.dials(hub.qmpSocket)]))
    try await hub.signal("vm.added", about: path)
    try await hub.signal("vm.state.running", about: path)
    return qemu
  }

  @Test(arguments: TestBus.Kind.allCases)
  func `stop, cont, reset and quit arrive in order, numbered without a hole, in signals, history and properties`(
    _ kind: TestBus.Kind
  ) async throws {
    let hub = try await RunningHub(kind: kind)
    let qemu = try await start(on: hub)
    try await hub.introspects(path, as: "VM")

    var place = hub.place
    try await qemu.execute("stop")
    try await hub.signal("vm.state.paused", from: place, about: path)
    #expect(try await hub.property(path, "VM", "State").string == "paused")

    place = hub.place
    try await qemu.execute("cont")
    try await hub.signal("vm.state.running", from: place, about: path)
    #expect(try await hub.property(path, "VM", "State").string == "running")

    place = hub.place
    try await qemu.execute("system_reset")
    try await hub.signal("vm.reset", from: place, about: path)

    place = hub.place
    try await qemu.quit()
    let stopped = try await hub.signal("vm.stopped", from: place, about: path)
    #expect(stopped[4]["cause"]?["data"]?.string == "qmp-quit")
    #expect(try await hub.property(path, "VM", "State").string == "stopped")
    #expect(try await hub.property(path, "VM", "Cause").string == "qmp-quit")
    #expect(try await hub.property(path, "VM", "ProcessID").int == 0)

    let numbers = hub.numbers
    let first = try #require(numbers.first)
    #expect(numbers == Array(first..<first + Int64(numbers.count)))
    let kinds = hub.signals().filter { $0[1].string == path }.compactMap { $0[0].string }
    #expect(
      kinds == [
        "vm.added", "vm.state.running", "vm.state.paused", "vm.state.running", "vm.reset", "vm.shutdown", "vm.stopped",
      ])

    let history = try await hub.history(after: UInt64(first) - 1)
    #expect(history.compactMap { $0["sequence"]?.int } == numbers)
    #expect(history.compactMap { $0["kind"]?.string } == hub.signals().compactMap { $0[0].string })
    #expect(history.last { $0["subject"]?.string == path }?["data"]?["state"]?.string == "stopped")
    #expect(
      try await hub.property(path, "VM", "LastEvent").int
        == history.last { $0["subject"]?.string == path }?["sequence"]?.int)
    #expect(try await hub.stop() == .exited(0))
  }

  @Test(arguments: [(SIGTERM, "host-signal", true), (SIGKILL, "host-signal", false)])
  func `a signal to QEMU is the cause of its end`(_ signal: CInt, _ cause: String, _ hasShutdown: Bool) async throws {
    let hub = try await RunningHub()
    let qemu = try await start(on: hub)
    let place = hub.place
    qemu.process.signal(signal)
    let stopped = try await hub.signal("vm.stopped", from: place, about: path)
    if hasShutdown {
      #expect(stopped[4]["cause"]?["data"]?.string == cause)
    }
    let kinds = try await hub.history(subject: path).compactMap { $0["kind"]?.string }
    #expect(kinds.contains("vm.shutdown") == hasShutdown)
    #expect(kinds.filter { $0 == "vm.stopped" }.count == 1)
    let numbers = hub.numbers
    let first = try #require(numbers.first)
    #expect(numbers == Array(first..<first + Int64(numbers.count)))
  }

  @Test func `a machine that stops and starts again under its identity continues its history`() async throws {
    let hub = try await RunningHub()
    let first = try await start(on: hub)
    var place = hub.place
    try await first.quit()
    try await hub.signal("vm.stopped", from: place, about: path)
    place = hub.place
    let second = try await TestQEMU(.init(name: "web01", uuid: uuid, monitors: [.dials(hub.qmpSocket)]))
    try await hub.signal("vm.state.running", from: place, about: path)
    #expect(try await hub.property(path, "VM", "ProcessID").int == Int64(second.pid))
    #expect(try await hub.property(path, "VM", "Cause").string == "")
    #expect(try await hub.answer("ListVMs").first?.array?.count == 1)
  }
}
