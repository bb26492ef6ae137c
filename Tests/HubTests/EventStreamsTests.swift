// SPDX-License-Identifier: Apache-2.0
// Streams on a real loop: the descriptor's life, without any bus.

import EventLoop
import EventModel
import Glibc
import Synchronization
import Testing

@testable import Hub

@Suite("Hub: event streams")
struct EventStreamsTests {
  private let loop: EventLoop
  private let hub: Hub
  private let desk: DeliveryDesk
  private let streams: EventStreams

  init() throws {
    let loop = try EventLoop()
    self.loop = loop
    hub = Hub(loop: loop, log: MemoryLog())
    desk = DeliveryDesk(hub: hub)
    streams = EventStreams(desk: desk, instance: hub.instance)
    onLoop { [desk] in desk.assumeIsolated { $0.start() } }
  }

  private func onLoop(_ work: @escaping @Sendable () -> Void) {
    loop.submit(work)
    for _ in 0..<10 {
      loop.submit {}
      loop.runOnce()
    }
  }

  private func publish(_ count: Int, _ text: String = "x") {
    onLoop { [hub] in
      hub.assumeIsolated { hub in
        for _ in 0..<count {
          hub.publish(
            EventDraft(.vmReset, subject: Subject(.vm, "x"), source: .hub, data: ["text": .string(text)]))
        }
      }
    }
  }

  private func open() -> CInt {
    let opened = Mutex<CInt>(-1)
    onLoop { [streams] in
      let request = DeliveryRequest(filter: .everything, start: .now, user: 0, window: .zero)
      let reader = streams.assumeIsolated { streams in
        do throws(DeliveryRefusal) {
          return try streams.open(request).release()
        } catch {
          Issue.record("\(error)")
          return -1
        }
      }
      opened.withLock { $0 = reader }
    }
    return opened.withLock(\.self)
  }

  private func read(_ descriptor: CInt) -> String {
    var bytes = [UInt8](repeating: 0, count: 1 << 20)
    let count = unsafe recv(descriptor, &bytes, bytes.count, CInt(MSG_DONTWAIT))
    return count > 0 ? String(decoding: bytes[..<count], as: UTF8.self) : ""
  }

  /// Whether no consumer is left, within a deadline.
  ///
  /// A child that another test starts holds a copy of the reader's end until it executes its program. Of 8,500 ends that
  /// were closed while four threads did nothing but start children, 2,500 were noticed later, by up to 50 ms on a machine
  /// with much to do; of 25,000 that were closed while nobody did, not one.
  private func allAreGone() -> Bool {
    let end = ContinuousClock.now + .seconds(30)
    while consumers > 0, ContinuousClock.now < end {
      loop.submit {}
      loop.runOnce()
    }
    return consumers == 0
  }

  private var consumers: Int {
    let count = Mutex(0)
    onLoop { [desk] in
      let states = desk.assumeIsolated { $0.states }
      count.withLock { $0 = states.values.reduce(0, +) }
    }
    return count.withLock(\.self)
  }

  @Test func `what is published is in the descriptor within the same turn`() {
    let reader = open()
    defer { close(reader) }
    loop.submit { [hub] in
      hub.assumeIsolated { _ = $0.publish(EventDraft(.hubStarted, subject: .hub, source: .hub)) }
    }
    // One turn stamps the event, the next one hands it to the log, which answers at once.
    for _ in 0..<2 {
      loop.submit {}
      loop.runOnce()
    }
    #expect(read(reader).hasSuffix("}\n"))
  }

  @Test func `a reader that closes its end ends a quiet stream`() {
    let reader = open()
    #expect(consumers == 1)
    close(reader)
    #expect(allAreGone())
  }

  @Test func `a reader that closes its end in the middle ends a full stream`() {
    let reader = open()
    publish(2000, String(repeating: "y", count: 500))
    #expect(consumers == 1)
    _ = read(reader)
    close(reader)
    #expect(allAreGone())
  }

  @Test func `a reader that writes gets an error, and harms nobody`() {
    let reader = open()
    defer { close(reader) }
    #expect(unsafe send(reader, "x", 1, CInt(MSG_NOSIGNAL)) == -1)
    publish(1)
    #expect(read(reader).hasSuffix("}\n"))
  }

  @Test func `the end of the service is the end of the file, after what was written`() {
    let reader = open()
    defer { close(reader) }
    publish(1)
    onLoop { [streams] in streams.assumeIsolated { $0.stop() } }
    #expect(read(reader).hasSuffix("}\n"))
    var byte: UInt8 = 0
    #expect(unsafe recv(reader, &byte, 1, 0) == 0)
    #expect(consumers == 0)
  }
}
