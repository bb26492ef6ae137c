// SPDX-License-Identifier: Apache-2.0
// Machines that an administrator adds and removes.

import EventLoop
import EventModel
import Hub
import QEMUSource
import TestSupport
import Testing

@Suite(.needs(.qemu)) struct RequestedMachineTests {
  private func add(_ hub: LiveSource, _ name: String, _ path: String, agent: String = "") async throws -> Subject {
    let source = hub.source
    return try await hub.onLoop { try source.addMachine(name: name, monitorPath: path, agentPath: agent) }
  }

  private func remove(_ hub: LiveSource, _ subject: Subject) async throws {
    let source = hub.source
    try await hub.onLoop { try source.removeMachine(subject) }
  }

  @Test func `a machine is added by name, watched through its life, and removed`() async throws {
    let hub = try await LiveSource()
    let path = hub.directory.file("own.sock")
    let uuid = "0f0e0d0c-0b0a-4908-8706-050403020100"
    let machine = try await TestQEMU(.init(name: "inside", uuid: uuid, monitors: [.listens(path)]))
    let subject = try await add(hub, "outside", path)
    #expect(subject == Subject(.vm, "outside"))
    let added = try await hub.event(.vmAdded)
    #expect(added.name == "outside")
    #expect(added.data["monitor"] == "request")
    try await hub.settled("outside")
    let object = try #require(await hub.machine("outside"))
    #expect(object[.uuid] == .string(uuid))
    #expect(object[.processID] == .uint(UInt64(machine.pid)))
    let place = hub.events.count
    try await machine.execute("stop")
    try await machine.quit()
    try await hub.event(.vmStopped)
    #expect(Array(hub.events.all[place...]).map(\.kind) == [.vmStatePaused, .vmShutdown, .vmStopped])
    try await remove(hub, subject)
    try await hub.event(.vmRemoved)
    #expect(await hub.machine("outside") == nil)
    #expect(await hub.hub.object(Subject(.source, "qmp:outside")) == nil)
  }

  @Test func `a machine whose monitor is not there yet is unknown until it is`() async throws {
    let hub = try await LiveSource { $0.limits.firstRetry = .milliseconds(20) }
    let path = hub.directory.file("own.sock")
    let subject = try await add(hub, "web", path)
    #expect(await hub.machine("web")?.state == "unknown")
    let down = try await hub.event(.sourceDown)
    #expect(down.data["error"]?.string?.contains("own.sock") == true)
    let machine = try await TestQEMU(.init(monitors: [.listens(path)]))
    let running = try await hub.event(.vmStateRunning)
    #expect(running.subject == subject)
    try await hub.event(.sourceReconnected)
    try await hub.settled("web")
    try await machine.process.kill()
    let stopped = try await hub.event(.vmStopped)
    #expect(stopped.data["signal"] == "SIGKILL")
  }

  @Test func `what cannot be is refused by name`() async throws {
    let hub = try await LiveSource()
    let path = hub.directory.file("own.sock")
    let long = "/" + String(repeating: "x", count: 107)
    for (name, path, word) in [
      ("", path, "name"), (String(repeating: "n", count: 256), path, "name"), ("a\nb", path, "name"),
      ("web", "", "monitor_path"), ("web", "relative", "monitor_path"), ("web", long, "monitor_path"),
      ("web", "/a\0b", "monitor_path"),
    ] {
      let error = await #expect(throws: ControlError.self) { try await add(hub, name, path) }
      guard case .invalidArgument(let text)? = error else {
        Issue.record("\(name) \(path): \(String(describing: error))")
        continue
      }
      #expect(text.hasPrefix(word))
    }
    await #expect(throws: ControlError.self) { try await add(hub, "web", path, agent: "relative") }
    let subject = try await add(hub, "web", path)
    await #expect(throws: ControlError.alreadyExists("web")) { try await add(hub, "web", path + "2") }
    await #expect(throws: ControlError.alreadyExists(path)) { try await add(hub, "other", path) }
    try await remove(hub, subject)
    await #expect(throws: ControlError.noSuchObject(subject.objectPath)) { try await remove(hub, subject) }
    let again = try await add(hub, "web", path)
    #expect(again == subject)
  }

  @Test func `a machine that was found by itself is not removed while it lives`() async throws {
    let hub = try await LiveSource()
    let machine = try await TestQEMU(.init(name: "web", monitors: [.dials(hub.socket)]))
    try await hub.settled("web")
    await #expect(throws: ControlError.self) { try await remove(hub, Subject(.vm, "web")) }
    try await machine.quit()
    try await hub.event(.vmStopped)
    try await remove(hub, Subject(.vm, "web"))
    try await hub.event(.vmRemoved)
  }

  @Test func `the hub offers the source as its control of machines`() async throws {
    let hub = try await LiveSource()
    #expect(await hub.hub.machines === hub.source)
  }
}
