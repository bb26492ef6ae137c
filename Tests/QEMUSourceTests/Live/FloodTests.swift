// SPDX-License-Identifier: Apache-2.0
// A guest that floods.

import EventModel
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
