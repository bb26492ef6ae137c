// SPDX-License-Identifier: Apache-2.0
// A storm of messages takes its turns, and not those of others.

import BusTestSupport
import DBusTypes
import EventLoop
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import DBusBridge

@Suite(.needs(.root, .mountNamespaces, .program("dbus-daemon"), .program("dbus-broker-launch")))
struct FairnessTests {
  /// What happens between two turns of another descriptor.
  private final class Meter: Sendable {
    private let counts = Mutex((since: 0, worst: 0, total: 0))
    var worst: Int { counts.withLock { $0.worst } }
    func message() -> Int {
      counts.withLock { counts in
        counts.since += 1
        counts.total += 1
        counts.worst = max(counts.worst, counts.since)
        return counts.total
      }
    }
    func turn() { counts.withLock { $0.since = 0 } }
  }

  @Test(arguments: TestBus.Kind.allCases)
  func `in a storm of signals another descriptor is served after each budget`(_ kind: TestBus.Kind) async throws {
    let bus = try await TestBus(kind)
    var options = BusOptions.quick
    options.limits.dispatchBudget = 16
    let listener = try await Peer.connected(bus, options: options)
    let sender = try await Peer.connected(bus)
    let count = 5000
    let meter = Meter()
    let done = Recorder<Int>()
    await listener.bus.addMatch(MatchRule(interface: "org.example.Storm")) { _ in
      if meter.message() == count { done.append(count) }
    }
    try await listener.bus.roundTrip()

    // A pipe that is always readable: its handle is called in each turn in which the loop looks at descriptors.
    let pipe = Pipe()
    pipe.fileHandleForWriting.write(Data([1]))
    let handle = listener.loop.addHandle(pipe.fileHandleForReading.fileDescriptor, events: .readable) {
      _, _, _ in
      meter.turn()
    }
    // While the listener's loop is held up the storm gathers in its socket and at the bus, and comes all at once.
    let gate = DispatchSemaphore(value: 0)
    listener.loop.submit { gate.wait() }
    for number in 0..<count {
      while await sender.bus.send(storm(number)) != .queued { try await sender.bus.roundTrip() }
    }
    try await sender.bus.roundTrip()
    gate.signal()
    try await done.atLeast(1)
    listener.loop.removeHandle(handle)
    #expect(meter.worst <= 16, "\(meter.worst) messages between two turns of another descriptor")
    withExtendedLifetime(pipe) {}
  }

  private func storm(_ number: Int) -> BusMessage {
    .signal("/org/example/Storm", "org.example.Storm", "Wave", [.uint64(UInt64(number))])
  }
}
