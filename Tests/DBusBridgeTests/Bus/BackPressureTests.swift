// SPDX-License-Identifier: Apache-2.0
// A bus that stands still: memory stays bounded, what is withheld is said, and nothing true is left untold afterwards.

import BusTestSupport
import DBusTypes
import EventLoop
import Foundation
import TestSupport
import Testing

@testable import DBusBridge

@Suite(.needs(.root, .mountNamespaces, .program("dbus-daemon"), .program("dbus-broker-launch")))
struct BackPressureTests {
  @Test(arguments: TestBus.Kind.allCases)
  func `signals are withheld past the high-water mark, and whoever sent them is told when to go on`(
    _ kind: TestBus.Kind
  ) async throws {
    let bus = try await TestBus(kind)
    let sender = try await Peer.connected(bus)
    let drained = Recorder<Int>()
    await sender.bus.onDrained { drained.append(1) }
    bus.pause()
    let outcomes = await sender.bus.inOneStep { connection in
      (0..<20_000).map { connection.send(signal(size: 1000, UInt32($0))) }
    }
    let taken = outcomes.count { $0 == .queued }
    #expect(taken > 1000 && taken < 2000, "\(taken) of 20,000 signals of 1 kB")
    // Once no, always no, until it is said: no signal in the middle gets through behind one that did not.
    #expect(outcomes.dropFirst(taken).allSatisfy { $0 == .withheld })
    let outgoing = await sender.bus.outgoingBytes
    #expect(outgoing >= 1 << 20 && outgoing < (1 << 20) + 2000, "\(outgoing) bytes wait")
    #expect(await sender.bus.statistics.signalsWithheld == 20_000 - taken)
    // Answers and calls still pass.
    let answers = Recorder<Result<BusMessage, BusError>>()
    await sender.bus.call(.call(.bus, "/org/freedesktop/DBus", .bus, "GetId")) { answers.append($0) }
    #expect(drained.count == 0)
    bus.resume()
    #expect(try await answers.atLeast(1)[0].failure == nil)
    try await drained.atLeast(1)
    #expect(await sender.bus.send(signal(size: 10, 0)) == .queued)
    try await sender.bus.roundTrip()
    #expect(drained.count == 1)
  }

  @Test(.enabled(if: canFail, "a sanitizer keeps memory for itself"))
  func `a bus that stands still does not cost memory, however much is sent`() async {
    await #expect(processExitsWith: .success) {
      let bus = try await TestBus()
      let sender = try await Peer.connected(bus)
      bus.pause()
      let before = residentBytes()
      for _ in 0..<50 {
        await sender.bus.inOneStep { connection in
          for number in 0..<10_000 { connection.send(BackPressureTests.signal(size: 300, UInt32(number))) }
        }
      }
      let grown = residentBytes() - before
      // libdbus by itself took 315 MB for as many.
      precondition(grown < 12 << 20, "grown by \(grown) bytes")
      precondition(grown > 1 << 19, "nothing was queued at all: \(grown)")
      bus.resume()
      try await sender.bus.roundTrip()
    }
  }

  @Test func `answers pass a higher mark, reading pauses before that, and both end when the bus goes on`() async throws
  {
    let bus = try await TestBus()
    let kept = Recorder<BusCall>()
    var options = BusOptions.quick
    options.limits.pauseReading = 2 << 20
    options.limits.replyHighWater = 4 << 20
    let service = try await Peer.connected(bus, options: options)
    await service.bus.export(EchoService.object(kept: kept))
    try await service.own(EchoService.name)
    let client = try await Peer.connected(bus)
    let answers = Recorder<Result<BusMessage, BusError>>()
    for _ in 0..<20 {
      await client.bus.call(EchoService.call("KeepBytes"), timeout: .seconds(60)) { answers.append($0) }
    }
    let calls = try await kept.atLeast(20)
    bus.pause()
    let blob = BusValue.bytes(Array(repeating: 5, count: 512 << 10))
    await service.bus.inOneStep { connection in
      for call in calls { call.reply(blob) }
      connection.settle()
    }
    let waiting = await service.bus.outgoingBytes
    #expect(waiting >= 4 << 20 && waiting < 5 << 20, "\(waiting) bytes wait")
    let withheld = await service.bus.statistics.repliesWithheld
    #expect(withheld > 0)
    #expect(await service.bus.gauge.isPaused)
    #expect(await service.bus.inOneStep { $0.link?.watches.isReadingPaused } == true)
    bus.resume()
    // Everything that was taken arrives, and reading goes on.
    #expect(try await answers.atLeast(20 - withheld).allSatisfy { $0.failure == nil })
    let sum = try await client.bus.call(EchoService.call("Add", .uint32(1), .uint32(1)))
    #expect(sum.body == [.uint32(2)])
    #expect(await service.bus.inOneStep { $0.link?.watches.isReadingPaused } == false)
    #expect(await service.bus.callsInProgress == 0)
  }

  @Test func `property changes that were withheld are told with the last value, once`() async throws {
    let bus = try await TestBus()
    let volume = Cell(1)
    let service = try await Peer.connected(bus)
    await service.bus.export(EchoService.object(volume: volume))
    let listener = try await Peer.connected(bus)
    let heard = Recorder<BusMessage>()
    await listener.bus.addMatch(MatchRule(interface: .properties)) { heard.append($0) }
    try await listener.bus.roundTrip()
    bus.pause()
    await service.bus.inOneStep { connection in
      while connection.send(Self.signal(size: 1000, 0)) == .queued {}
    }
    for value in 2...9 as ClosedRange<UInt32> {
      volume.set(value)
      await service.bus.propertiesChanged(EchoService.path, EchoService.interface, ["Volume"])
      await service.turnOver()
    }
    bus.resume()
    let signal = try await heard.first { _ in true }
    #expect(signal.body[1] == .variants([("Volume", .uint32(9))]))
    try await service.bus.roundTrip()
    try await listener.bus.roundTrip()
    #expect(heard.count == 1)
  }

  @Test func `objects that came and went while nothing could be told are told as they are then`() async throws {
    let bus = try await TestBus()
    let service = try await Peer.connected(bus)
    await service.bus.export(BusObject(path: "/m", interfaces: [], isObjectManager: true))
    await service.bus.export(object("/m/old"))
    await service.bus.export(object("/m/again"))
    let listener = try await Peer.connected(bus)
    let heard = Recorder<String>()
    await listener.bus.addMatch(MatchRule(interface: .objectManager)) { signal in
      heard.append("\(signal.member?.rawValue ?? "") \(signal.body.first?.objectPath?.rawValue ?? "")")
    }
    try await listener.bus.roundTrip()
    bus.pause()
    await service.bus.inOneStep { connection in
      while connection.send(Self.signal(size: 1000, 0)) == .queued {}
      connection.export(object("/m/new"))
      connection.export(object("/m/fleeting"))
      connection.unexport("/m/fleeting")
      connection.unexport("/m/old")
      connection.unexport("/m/again")
      connection.export(object("/m/again"))
    }
    bus.resume()
    try await heard.first { $0 == "InterfacesAdded /m/new" }
    try await service.bus.roundTrip()
    try await listener.bus.roundTrip()
    #expect(
      heard.all == [
        "InterfacesRemoved /m/again", "InterfacesAdded /m/again", "InterfacesAdded /m/new", "InterfacesRemoved /m/old",
      ])
  }

  private func object(_ path: ObjectPath) -> BusObject {
    BusObject(path: path, interfaces: [BusInterface(name: "org.example.Thing")])
  }

  private static func signal(size: Int, _ number: UInt32) -> BusMessage {
    .signal("/a", "org.example.Flood", "Wave", [.uint32(number), .bytes(Array(repeating: 1, count: size))])
  }

  private func signal(size: Int, _ number: UInt32) -> BusMessage { Self.signal(size: size, number) }
}

extension Peer {
  /// Waits until the loop has finished the turn it is in.
  fileprivate func turnOver() async {
    for _ in 0..<2 { await withCheckedContinuation { next in loop.submit { next.resume() } } }
  }
}

/// The memory of this process that is in use.
func residentBytes() -> Int {
  guard let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8),
    let pages = text.split(separator: " ").dropFirst().first.flatMap({ Int($0) })
  else { return 0 }
  return pages * 4096
}
