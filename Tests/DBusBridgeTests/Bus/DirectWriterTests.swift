// SPDX-License-Identifier: Apache-2.0
// What goes straight into the socket goes whole or not at all, and in its place.

import BusTestSupport
import DBusTypes
import EventLoop
import TestSupport
import Testing

@testable import DBusBridge

@Suite struct DirectWriterTests {
  @Test func `the kernel takes a message whole or refuses it, however full the socket is`() throws {
    let (near, far) = try UnixSocket.pair()
    let direct = try #require(DirectWriter(near.number))
    #expect(direct.largest == DirectWriter.largestMessage)
    var writer = WireWriter()
    var maker = Sizes()
    var written = 0
    var refused = 0
    var received: [UInt8] = []
    for serial in 1...4000 as ClosedRange<UInt32> {
      _ = try writer.write(
        .signal("/a", "a.b", "C", [.bytes(Array(repeating: 1, count: maker.next()))]), serial: serial)
      switch direct.write(writer) {
      case .written: written += 1
      case .refused: refused += 1
      case .broken: Issue.record("half a message")
      }
      // The other side reads a little now and then, in pieces that respect no message.
      if serial.isMultiple(of: 3), case .bytes(let bytes) = far.read(upTo: 7001) { received += bytes }
    }
    while case .bytes(let bytes) = far.read() { received += bytes }
    #expect(written > 500 && refused > 500, "\(written) written, \(refused) refused")
    #expect(try messages(in: received) == written)
  }

  @Test func `a message that is too large is left to the queue`() throws {
    let (near, far) = try UnixSocket.pair()
    let direct = try #require(DirectWriter(near.number))
    var writer = WireWriter()
    _ = try writer.write(.signal("/a", "a.b", "C", [.bytes(Array(repeating: 1, count: 16 << 10))]), serial: 1)
    #expect(direct.write(writer) == .refused)
    if case .bytes = far.read() { Issue.record("something was written") }
  }

  @Test func `only a stream socket of this machine is written to`() throws {
    let (end, other) = try pipeEnds()
    let taken = [DirectWriter(end), DirectWriter(-1)].compactMap(\.self)
    #expect(taken.isEmpty)
    withExtendedLifetime(other) {}
  }

  @Test func `a stream that took half a message is shut down and never continued`() throws {
    let (near, far) = try UnixSocket.pair()
    let direct = DirectWriter(near.number, largest: .max)
    var writer = WireWriter()
    _ = try writer.write(.signal("/a", "a.b", "C", [.bytes(Array(repeating: 1, count: 4 << 20))]), serial: 1)
    #expect(direct.write(writer) == .broken)
    #expect(direct.write(writer) == .refused)
    var isOver = false
    while !isOver {
      switch far.read() {
      case .bytes: break
      case .end, .failed: isOver = true
      case .wouldBlock: throw TestFailure("the stream is still open")
      }
    }
  }

  @Test(.needs(.root, .mountNamespaces, .program("dbus-daemon")))
  func `nothing is written to the number of a socket that libdbus has closed`() async {
    // In a process of its own, where no other test wants the number.
    await #expect(processExitsWith: .success) {
      let bus = try await TestBus()
      let peer = try await Peer.connected(bus)
      try await peer.bus.roundTrip()
      let outcome = try await peer.bus.sendAfterItsSocketIsClosed()
      precondition(outcome == "queued, 0 bytes in the other's socket", outcome)
    }
  }

  @Test(
    .needs(.root, .mountNamespaces, .program("dbus-daemon"), .program("dbus-broker-launch")),
    arguments: TestBus.Kind.allCases, [true, false])
  func `messages of all sizes keep their order, straight or queued, while the bus stands still and goes on`(
    _ kind: TestBus.Kind, _ writesDirectly: Bool
  ) async throws {
    let bus = try await TestBus(kind)
    var options = BusOptions.quick
    options.writesDirectly = writesDirectly
    options.limits.signalHighWater = 64 << 20
    let sender = try await Peer.connected(bus, options: options)
    let listener = try await Peer.connected(bus)
    let heard = Recorder<UInt32>()
    await listener.bus.addMatch(MatchRule(interface: "org.example.Order")) { signal in
      if let number = signal.body.first?.uint32 { heard.append(number) }
    }
    try await listener.bus.roundTrip()
    var sizes = Sizes()
    var number: UInt32 = 0
    for round in 0..<8 {
      if round.isMultiple(of: 2) { bus.pause() } else { bus.resume() }
      for _ in 0..<40 {
        let size = number.isMultiple(of: 17) ? 60_000 : sizes.next() / 4
        let body: [BusValue] = [.uint32(number), .bytes(Array(repeating: 2, count: size))]
        let outcome = await sender.bus.send(.signal("/a", "org.example.Order", "Tick", body))
        #expect(outcome == .queued)
        number += 1
      }
    }
    bus.resume()
    #expect(try await heard.atLeast(Int(number)) == Array(0..<number))
    #expect(await sender.bus.statistics.connections == 1)
  }

  /// Counts whole messages, and throws if there is anything else.
  private func messages(in bytes: [UInt8]) throws -> Int {
    var offset = 0
    var count = 0
    while offset < bytes.count {
      let header = try #require(
        ReceivedMessage.headerBytes(prefix: Array(bytes[offset..<min(offset + 16, bytes.count)])))
      let body = (0..<4).reduce(0) { $0 | Int(bytes[offset + 4 + $1]) << ($1 * 8) }
      let end = offset + header + body
      try #require(end <= bytes.count)
      _ = try ReceivedMessage(Array(bytes[offset..<end])).decoded()
      offset = end
      count += 1
    }
    return count
  }
}

/// Sizes up to 16 kB, the same each time.
private struct Sizes {
  private var state: UInt64 = 1
  mutating func next() -> Int {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Int(state >> 33) % 16_000
  }
}

extension BusConnection {
  /// Lets libdbus close its socket, gives the number to another socket, and sends; says what became of it.
  fileprivate func sendAfterItsSocketIsClosed() throws -> String {
    guard let link, let number = watchDescriptors.first else { throw TestFailure("not connected") }
    // Made before the number is free, or it would be one of theirs.
    let (near, far) = try UnixSocket.pair()
    shutDown(number)
    link.watches.hangUpAll()
    try give(near.number, theNumber: number)
    defer { closeNumber(number) }
    let outcome = send(.signal("/a", "a.b", "C"))
    var bytes = 0
    if case .bytes(let read) = far.read() { bytes = read.count }
    return "\(outcome), \(bytes) bytes in the other's socket"
  }
}

extension DBusWatchCallback {
  /// Tells libdbus of a hang-up on each watch that is enabled.
  fileprivate func hangUpAll() {
    for token in 1...8 as ClosedRange<Token> { _ = handle(token, [.readable, .hangup]) }
  }
}
