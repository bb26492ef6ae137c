// SPDX-License-Identifier: Apache-2.0
// A hub whose events a test decides on, and the tool that asks it.

import BusService
import DBusBridge
import EventLoop
import EventModel
import Foundation
import Hub
import LoopTestSupport
import TestSupport
import Testing

/// The real hub with its real face on a private bus, in this process; its sources are the test.
final class TestHub: Sendable {
  let bus: TestBus
  let hub: Hub
  private let thread: LoopThread
  var loop: EventLoop { thread.loop }
  private let service: BusService

  /// Starts it; when this returns it owns its name on the bus, and has said so.
  init(_ kind: TestBus.Kind = .daemon, on bus: TestBus? = nil, log: any EventLog = MemoryLog()) async throws {
    let own = if let bus { bus } else { try await TestBus(kind) }
    self.bus = own
    let watcher = try await RawBusClient(socketPath: own.socketPath)
    _ = try await watcher.addMatch(
      "type='signal',sender='\(BusService.busName)',member='Event',arg0='\(EventKind.sourceUp.rawValue)'")
    thread = try LoopThread("test-hub")
    let loop = thread.loop
    let hub = Hub(loop: loop, log: log)
    self.hub = hub
    let address = try #require(BusAddress(own.address))
    let desk = DeliveryDesk(hub: hub)
    let service = BusService(
      hub: hub, desk: desk, connection: BusConnection(address: address, loop: loop),
      identity: HubIdentity(version: "1.2.3", hostname: "host.example"))
    self.service = service
    await desk.start()
    await hub.start(version: "1.2.3", processID: 4668)
    await service.start()
    // Of its own, nothing comes after that.
    try await watcher.messages.first("the hub's word that it has its name") {
      $0.member == "Event" && $0.arguments.first == EventKind.sourceUp.rawValue
    }
  }

  /// The newest number that is public.
  var head: UInt64 { get async { await hub.head } }

  /// Leaves the bus as a daemon does that ends.
  func stop() async {
    await service.stop()
    loop.stop()
  }

  /// Publishes events and returns when they are public.
  @discardableResult
  func publish(_ drafts: [EventDraft]) async -> [UInt64] {
    let numbers = await withCheckedContinuation { continuation in
      loop.submit { [hub] in
        hub.assumeIsolated { hub in
          let numbers = drafts.map { hub.publish($0) }
          hub.whenIdle { continuation.resume(returning: numbers) }
        }
      }
    }
    return numbers
  }

  /// Publishes one event about a machine.
  @discardableResult
  func publish(
    _ grade: EventGrade, _ machine: String = "web01", origin: Origin = .live, data: Fields = [:],
    changes: PropertyChanges = [:]
  ) async -> UInt64 {
    let subject = Subject(.vm, machine)
    let draft = EventDraft(
      grade, subject: subject, source: Subject(.source, "qmp"), origin: origin, data: data, changes: changes)
    return await publish([draft]).first ?? 0
  }

  /// The same, with the severity that is usual for a kind.
  @discardableResult
  func publish(
    _ kind: EventKind, _ machine: String = "web01", origin: Origin = .live, data: Fields = [:],
    changes: PropertyChanges = [:]
  ) async -> UInt64 {
    await publish(EventGrade(kind), machine, origin: origin, data: data, changes: changes)
  }

  /// Takes a machine in.
  func addMachine(_ name: String, _ properties: PropertyChanges = [:]) async {
    var all = properties
    all[.name] = .string(name)
    if all[.state] == nil { all[.state] = "running" }
    let machine = HubObject(Subject(.vm, name), all)
    await hub.addObject(
      machine, event: EventDraft(.vmAdded, subject: machine.subject, source: Subject(.source, "qmp")))
    await publish([])
  }

  /// Changes properties of an object without an event.
  func update(_ subject: Subject, _ changes: PropertyChanges) async {
    await hub.update(subject, changes)
    await publish([])
  }

  /// Takes an object in.
  func add(_ object: HubObject) async {
    await hub.addObject(object)
    await publish([])
  }

  /// Takes an object out with its event.
  func remove(_ subject: Subject, event: EventDraft) async {
    await hub.removeObject(subject, event: event)
    await publish([])
  }

  /// Waits until the metrics of the hub meet a condition; nothing tells of that, so the hub's loop looks again and again.
  func metrics(_ awaited: String, _ condition: @escaping @Sendable (String) -> Bool) async throws {
    let met = Recorder<Void>()
    let timer = loop.addTimeout(.every(.milliseconds(1))) { [hub] _ in
      if condition(hub.assumeIsolated { $0.metrics() }) { met.append(()) }
    }
    defer { loop.removeTimeout(timer) }
    try await met.first(awaited) { _ in true }
  }

  /// Runs the tool to its end.
  func vireo(_ arguments: String..., environment: [String: String] = [:], user: TestUser? = nil) async throws
    -> ToolResult
  {
    try await runTool(
      try Repository.program("vireo"), arguments: arguments, environment: self.environment.merging(environment) { $1 },
      user: user)
  }

  /// Starts the tool.
  func start(_ arguments: String..., environment: [String: String] = [:]) throws -> ChildProcess {
    try ChildProcess(
      try Repository.program("vireo"), arguments,
      options: .init(environment: self.environment.merging(environment) { $1 }))
  }

  private var environment: [String: String] { bus.environment.merging(["TZ": "UTC"]) { $1 } }
}
