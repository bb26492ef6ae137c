// SPDX-License-Identifier: Apache-2.0
// Many machines at once: nothing is lost, the order of each is kept, the memory is bounded.

import Foundation
import TestSupport
import Testing

@Suite(
  "vireod: many machines", .needs(.root, .qemu, .program("busctl"), .program("dbus-daemon")), .timeLimit(.minutes(10)))
struct LoadTests {
  @Test func `500 monitors and 10 QEMUs send 20,000 events as fast as they can, and none is lost`() async throws {
    let hub = try await RunningHub(policy: .open)
    let fleet = try QMPFleet(500, dialling: hub.qmpSocket)
    defer { fleet.stop() }
    try await fleet.negotiated(within: .seconds(120))
    var qemus: [TestQEMU] = []
    for number in 1...10 {
      qemus.append(try await TestQEMU(.init(name: "real-\(number)", monitors: [.dials(hub.qmpSocket)])))
    }
    try await hub.knows(510, state: "running", within: .seconds(120))

    for offset in 1...40 {
      for peer in fleet.peers { #expect(peer.emit("RTC_CHANGE", ["offset": .int(Int64(offset)), "qom-path": "/rtc"])) }
    }
    for qemu in qemus {
      try await qemu.execute("stop")
      try await qemu.execute("cont")
    }
    try await hub.pages(of: "vm.rtc.changed", count: 20_000) { events in
      var last: [String: Int64] = [:]
      for event in events {
        let machine = event["subject"]?.string ?? ""
        let offset = event["data"]?["offset"]?.int ?? 0
        #expect(offset == last[machine, default: 0] + 1)
        last[machine] = offset
      }
      #expect(last.count == 500)
      #expect(last.values.allSatisfy { $0 == 40 })
    }
    try await hub.pages(of: "vm.state.paused", count: 10) { events in
      #expect(Set(events.compactMap { $0["name"]?.string }).count == 10)
    }
    #expect(try hub.residentBytes < 256 << 20)
    #expect(hub.process.isRunning)
  }

  @Test func `a host that dies at once leaves one end for each machine`() async throws {
    let hub = try await RunningHub(policy: .open)
    let fleet = try QMPFleet(100, dialling: hub.qmpSocket)
    try await fleet.negotiated(within: .seconds(60))
    try await hub.knows(100, state: "running", within: .seconds(60))
    fleet.stop()
    // The peers live in this very process: their monitors are gone, their process is not.
    try await hub.knows(100, state: "unknown", within: .seconds(60))
    let stopped = try await hub.history(kinds: ["vm.stopped"])
    #expect(stopped.isEmpty)
  }
}

extension RunningHub {
  /// Waits until that many machines are known to be in a state.
  func knows(_ count: Int, state: String, within limit: Duration) async throws {
    let end = ContinuousClock.now + limit
    while true {
      // While there is no bus, or no hub on it, nothing is known yet.
      let result = try await call("ListVMs")
      let machines = (try? TestJSON(parsing: result.output))?["data"]?.array?.first?.array ?? []
      let there = machines.count { $0.array?[2].string == state }
      if there >= count { return }
      try #require(ContinuousClock.now < end, "\(there) of \(count) machines are \(state)")
    }
  }

  /// Reads the history of a kind to its end, page after page, until that many events have come; then checks them.
  func pages(of kind: String, count: Int, check: ([TestJSON]) -> Void) async throws {
    var events: [TestJSON] = []
    let end = ContinuousClock.now + Patience.standard * 4
    while events.count < count {
      let page = try await history(after: UInt64(events.last?["sequence"]?.int ?? 0), kinds: [kind])
      events += page
      try #require(ContinuousClock.now < end, "\(events.count) of \(count) events of \(kind)")
    }
    #expect(events.count == count)
    check(events)
  }

  /// The memory that the daemon has used at most, in bytes.
  var residentBytes: Int {
    get throws {
      let status = try String(contentsOfFile: "/proc/\(process.pid)/status", encoding: .utf8)
      let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
      return (line?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? .max / 1024) * 1024
    }
  }
}
