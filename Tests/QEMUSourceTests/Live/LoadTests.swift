// SPDX-License-Identifier: Apache-2.0
// Many machines and many events: nothing is lost, each machine's order is kept, and memory is bounded.

import EventModel
import Foundation
import Hub
import QEMUSource
import TestSupport
import Testing

@Suite(.serialized) struct LoadTests {
  @Test(.needs(.qemu)) func `500 fake and 10 real monitors, 20,000 events as fast as they come, none lost`()
    async throws
  {
    let hub = try await LiveSource()
    let fleet = try QMPFleet(500, dialling: hub.socket)
    defer { fleet.stop() }
    var real: [TestQEMU] = []
    for number in 0..<10 {
      real.append(try await TestQEMU(.init(name: "real-\(number)", monitors: [.dials(hub.socket)])))
    }
    for number in 0..<10 { try await hub.settled("real-\(number)") }
    for number in 0..<500 { try await hub.settled(QMPFleet.uuid(of: number)) }
    let place = hub.events.count

    for round in 0..<36 {
      for peer in fleet.peers { peer.emit("RTC_CHANGE", ["offset": .int(Int64(round)), "qom-path": "/rtc"]) }
    }
    // Each of the real ones stops and goes on a hundred times, without waiting for its replies.
    for qemu in real { for _ in 0..<100 { for command in ["stop", "cont"] { qemu.monitor.send(command) } } }
    for qemu in real { try await qemu.execute("query-status") }
    let wanted = 500 * 36 + 10 * 200
    let events = try await hub.events.until("\(wanted) events", within: Patience.standard * 4) { events in
      events.count - place >= wanted
    }

    var offsets: [Subject: [Int64]] = [:]
    var states: [Subject: [EventKind]] = [:]
    for event in events[place...] {
      if event.kind == .vmRTCChanged { offsets[event.subject, default: []].append(event.data["offset"]?.int ?? -1) }
      if event.kind.state != nil { states[event.subject, default: []].append(event.kind) }
    }
    #expect(offsets.count == 500)
    #expect(offsets.values.allSatisfy { $0 == Array(0..<36) })
    #expect(states.count == 10)
    let alternating = (0..<100).flatMap { _ in [EventKind.vmStatePaused, .vmStateRunning] }
    for (subject, kinds) in states { #expect(kinds == alternating, "\(subject.key): \(kinds.count)") }
    let sequences = events.map(\.sequence)
    #expect(sequences == Array(1...UInt64(events.count)))
    #expect(!events.contains { [.hubGap, .sourceDown, .sourceRejected, .sourceFlooded].contains($0.kind) })
    for qemu in real { try await qemu.quit() }
    try await hub.events.until("ten ends") { $0.filter { $0.kind == .vmStopped }.count == 10 }
  }
}
