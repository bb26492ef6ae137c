// SPDX-License-Identifier: Apache-2.0
// A guest that floods, and machines that the hub knew before it began.

import EventModel
import Hub
import QEMUSource
import TestSupport
import Testing

@Suite struct FloodTests {
  @Test func `a flood is folded, counted by kind and told, and changes of state pass`() async throws {
    let hub = try await LiveSource { options in
      options.limits.eventBurst = 100
      options.limits.eventsPerSecond = 1
    }
    let peer = try QMPPeer(.dials(hub.socket), QMPBehaviour(name: "web")).start()
    let other = try QMPPeer(.dials(hub.socket), QMPBehaviour(name: "other")).start()
    try await hub.settled("web")
    try await hub.settled("other")
    let place = hub.events.count
    for round in 0..<1000 {
      peer.emit("BALLOON_CHANGE", ["actual": .int(Int64(round))])
      if round % 10 == 0 { peer.enter(round % 20 == 0 ? "paused" : "running") }
    }
    other.emit("BALLOON_CHANGE", ["actual": 5])
    try await hub.event(.vmMemoryBalloon) { $0.name == "other" }
    let ended = try await hub.event(.sourceFlooded) { $0.data["ended"] == true }
    #expect(ended.subject == Subject(.source, "qmp:web"))
    let events = hub.events.all[place...].filter { $0.name == "web" }
    let states = events.filter { $0.kind.state != nil && $0.origin == .live }
    #expect(states.count == 100)
    let passed = events.filter { $0.kind == .vmMemoryBalloon }
    #expect((100...120).contains(passed.count))
    let reports = hub.events.all.filter { $0.kind == .sourceFlooded }
    let folded = reports.compactMap { $0.data["folded"]?.map?["vm.memory.balloon"]?.uint }.reduce(0, +)
    #expect(Int(folded) + passed.count == 1000)
    #expect(reports.first?.data["ended"] == false)
    // What was folded is no event, but the object is right.
    #expect(await hub.machine("web")?[.balloon] == .uint(999))
  }
}

@Suite struct RestoredMachineTests {
  /// A log that held what an earlier hub left.
  private final class RestoredLog: EventLog {
    let contents: LogContents
    private let inner = MemoryLog()

    init(objects: [HubObject]) {
      contents = LogContents(instance: inner.contents.instance, head: 41, oldest: 1, objects: objects)
    }

    var oldest: UInt64 { inner.oldest }
    func append(_ batch: LogBatch, completion: @escaping @Sendable (LogOutcome) -> Void) {
      inner.append(batch, completion: completion)
    }
    func read(_ query: LogQuery, completion: @escaping @Sendable (Result<LogPage, LogError>) -> Void) {
      inner.read(query, completion: completion)
    }
    func findCursor(_ time: Timestamp, completion: @escaping @Sendable (Result<UInt64, LogError>) -> Void) {
      inner.findCursor(time, completion: completion)
    }
    func close(completion: @escaping @Sendable () -> Void) { inner.close(completion: completion) }
  }

  @Test(.needs(.qemu)) func `a hub that begins again finds its machines: the same, changed, and gone`() async throws {
    let directory = try TemporaryDirectory()
    var first: LiveSource? = try await LiveSource(in: directory)
    let socket = try #require(first?.socket)
    let same = try await TestQEMU(.init(name: "same", monitors: [.dials(socket)]))
    let changed = try await TestQEMU(.init(name: "changed", monitors: [.dials(socket)]))
    let gone = try await TestQEMU(.init(name: "gone", monitors: [.dials(socket)]))
    for name in ["same", "changed", "gone"] { try await first?.settled(name) }
    let objects = await first?.hub.objects(.vm) ?? []
    #expect(objects.count == 3)
    let source = first?.source
    await source?.stop()
    first = nil
    try await changed.execute("stop")
    try await gone.process.kill()

    let second = try await LiveSource(log: RestoredLog(objects: objects), in: directory)
    let stopped = try await second.event(.vmStopped)
    #expect(stopped.name == "gone")
    let paused = try await second.event(.vmStatePaused)
    #expect(paused.name == "changed")
    #expect(paused.origin == .resync)
    #expect(paused.data["previous"] == "running")
    try await second.event(.sourceUp) { $0.name == "qmp:same" }
    #expect(!second.events.all.contains { $0.kind == .vmAdded || $0.kind == .vmStateUnknown })
    #expect(second.events.all.filter { $0.kind.state != nil }.map(\.name) == ["changed"])
    #expect(await second.machine("same")?[.processID] == .uint(UInt64(same.pid)))
  }

  @Test func `a machine that does not come back is unknown, and forgotten after its time`() async throws {
    let old = HubObject(Subject(.vm, "web"), [.name: "web", .state: "running"])
    let hub = try await LiveSource(log: RestoredLog(objects: [old])) { options in
      options.limits.graceAfterShutdown = .milliseconds(50)
      options.retention = .milliseconds(50)
    }
    let unknown = try await hub.event(.vmStateUnknown)
    #expect(unknown.subject == Subject(.vm, "web"))
    try await hub.event(.vmRemoved)
  }
}
