// SPDX-License-Identifier: Apache-2.0
// libdbus runs out of memory at every point where it can: nothing ends, nothing comes twice, and it recovers.

import BusTestSupport
import CMemoryFault
import DBusTypes
import TestSupport
import Testing

@testable import DBusBridge

@Suite(.needs(.root, .mountNamespaces, .program("dbus-daemon")), .enabled(if: canFail, "a sanitizer has the allocator"))
struct MemoryFaultTests {
  @Test func `a message that cannot be queued is said to be so, and the next one goes`() async throws {
    let bus = try await TestBus()
    var options = BusOptions.quick
    options.writesDirectly = false
    let sender = try await Peer.connected(bus, options: options)
    let listener = try await Peer.connected(bus)
    let heard = Recorder<UInt32>()
    await listener.bus.addMatch(MatchRule(interface: "org.example.Fault")) { heard.append($0.body[0].uint32 ?? 0) }
    try await listener.bus.roundTrip()
    let descriptor = BusDescriptor(adopting: openNull())
    var expected: [UInt32] = []
    var faults = 0
    for round in 0..<400 {
      let skipped = round % 20
      let (outcome, failed) = await sender.bus.inOneStep { connection in
        _ = memory_fault_arm(skipped, 1)
        // Both ways of making a message, by bytes and value by value.
        let handles = round.isMultiple(of: 2) ? [] : [BusValue.unixDescriptor(descriptor)]
        let outcome = connection.send(
          .signal("/a", "org.example.Fault", "Tick", [.uint32(UInt32(round)), .string("text")] + handles))
        return (outcome, memory_fault_disarm())
      }
      faults += failed
      if outcome == .queued { expected.append(UInt32(round)) } else { #expect(outcome == .rejected(.noMemory)) }
    }
    #expect(faults > 20, "\(faults) allocations failed")
    try await sender.bus.roundTrip()
    #expect(try await heard.atLeast(expected.count) == expected)
    #expect(await sender.bus.statistics.connections == 1)
  }

  @Test func `a call for which there is no memory has its answer or its error, once`() async throws {
    let bus = try await TestBus()
    let peer = try await Peer.connected(bus)
    let answers = Recorder<Bool>()
    var faults = 0
    for round in 0..<200 {
      faults += await peer.bus.inOneStep { connection in
        _ = memory_fault_arm(round % 20, 1)
        connection.call(.call(.bus, "/org/freedesktop/DBus", .bus, "GetId")) { result in
          answers.append(result.failure == nil || result.failure == .noMemory)
        }
        return memory_fault_disarm()
      }
    }
    #expect(faults > 20, "\(faults) allocations failed")
    #expect(try await answers.atLeast(200).allSatisfy(\.self))
    try await peer.bus.roundTrip()
    #expect(answers.count == 200)
    #expect(await peer.bus.pending.isEmpty)
    #expect(await peer.bus.timeoutCount == 0)
  }

  @Test func `what comes while there is no memory is handed out later, once and in order`() async throws {
    let bus = try await TestBus()
    var options = BusOptions.quick
    options.memoryRetry = .milliseconds(1)
    let listener = try await Peer.connected(bus, options: options)
    let sender = try await Peer.connected(bus)
    let heard = Recorder<UInt32>()
    await listener.bus.addMatch(MatchRule(interface: "org.example.Fault")) { heard.append($0.body[0].uint32 ?? 0) }
    try await listener.bus.roundTrip()
    var faults = 0
    for number in 0..<120 as Range<UInt32> {
      // Whatever libdbus does on the listener's loop from here on: reading, parsing, dispatching.
      await listener.bus.inOneStep { _ in _ = memory_fault_arm(Int(number % 10), 2) }
      await sender.bus.send(.signal("/a", "org.example.Fault", "Tick", [.uint32(number), .string("text")]))
      try await heard.atLeast(Int(number) + 1)
      faults += await listener.bus.inOneStep { _ in memory_fault_disarm() }
    }
    #expect(faults > 20, "\(faults) allocations failed")
    let waits = await listener.bus.statistics.memoryWaits
    #expect(waits > 20, "\(waits) waits for \(faults) faults")
    try await listener.bus.roundTrip()
    #expect(heard.all == Array(0..<120))
    #expect(await listener.bus.statistics.connections == 1)
  }

  @Test func `a connection for which there is no memory is tried again`() async throws {
    let bus = try await TestBus()
    var options = BusOptions.quick
    options.firstRetry = .milliseconds(1)
    options.longestRetry = .milliseconds(1)
    options.memoryRetry = .milliseconds(1)
    var faults = 0
    for skipped in 0..<100 {
      let peer = try await Peer(bus.address, options: options)
      await peer.bus.inOneStep { connection in
        _ = memory_fault_arm(skipped, 1)
        connection.start()
      }
      try await peer.connected()
      faults += await peer.bus.inOneStep { _ in memory_fault_disarm() }
      try await peer.bus.roundTrip()
    }
    #expect(faults > 20, "\(faults) allocations failed")
  }
}

/// Whether allocations can be made to fail; a sanitizer, which also keeps memory for itself, does not allow it.
let canFail: Bool = {
  defer { memory_fault_disarm() }
  return memory_fault_arm(0, 0) != 0
}()
