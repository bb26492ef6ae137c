// SPDX-License-Identifier: Apache-2.0
// What the tests of the bridge share: a loop in a thread, connections on it, and a service to talk to.

import DBusBridge
import DBusTypes
import EventLoop
import Foundation
import TestSupport
import Testing

/// A loop that runs in a thread of its own until this object goes.
final class LoopThread: Sendable {
  let loop: EventLoop

  init() throws {
    let loop = try EventLoop()
    self.loop = loop
    let thread = Thread { loop.run() }
    thread.name = "test-loop"
    thread.start()
  }

  deinit { loop.stop() }
}

/// A connection on a loop of its own, with a record of its states; it ends with this object.
final class Peer: Sendable {
  let thread: LoopThread
  let bus: BusConnection
  let states = Recorder<BusState>()

  /// Makes a connection; nothing is connected yet.
  init(_ address: String, options: BusOptions = Peer.quick) async throws {
    thread = try LoopThread()
    bus = BusConnection(address: try #require(BusAddress(address)), loop: thread.loop, options: options)
    await bus.onStateChange { [states] in states.append($0) }
  }

  /// Makes a connection and waits until the bus has greeted it.
  static func connected(_ bus: TestBus, options: BusOptions = quick) async throws -> Peer {
    let peer = try await Peer(bus.address, options: options)
    await peer.bus.start()
    try await peer.connected()
    return peer
  }

  deinit {
    let bus = bus
    let thread = thread
    // The loop must still run for this; the thread object is kept until then.
    thread.loop.submit {
      bus.assumeIsolated { $0.stop() }
      withExtendedLifetime(thread) {}
    }
  }

  /// Reconnects quickly: tests do not wait for the patience of a daemon.
  static var quick: BusOptions {
    var options = BusOptions()
    options.firstRetry = .milliseconds(5)
    options.longestRetry = .milliseconds(50)
    return options
  }

  /// Waits until it is connected, from the given place of the record on; gives the unique name.
  @discardableResult
  func connected(from start: Int = 0) async throws -> BusName {
    let state = try await states.first("a connection", from: start) { $0.isConnected }
    guard case .connected(let name) = state else { throw TestFailure("not connected") }
    return name
  }

  /// Asks for a name and waits until it is ours.
  func own(_ name: BusName) async throws {
    let events = Recorder<NameEvent>()
    await bus.own(name) { events.append($0) }
    try await events.first("the name \(name)") { $0 == .acquired }
  }
}

/// A test that found something impossible.
struct TestFailure: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}

/// The service of the tests: an object that echoes, remembers and tells.
enum EchoService {
  static let name: BusName = "org.example.Echo1"
  static let path: ObjectPath = "/org/example/Echo1"
  static let interface: InterfaceName = "org.example.Echo1.Main"

  /// The object; `Echo` gives back a variant, `Add` a sum, `Keep` answers when `kept` is told to, `Forget` never.
  static func object(kept: Recorder<BusCall> = .init(), volume: Cell = Cell(3)) -> BusObject {
    BusObject(
      path: path,
      interfaces: [
        BusInterface(
          name: interface,
          methods: [
            BusMethod(name: "Echo", inputs: [.init("value", "v")], outputs: [.init("same", "v")]) {
              $0.reply($0.arguments)
            },
            BusMethod(name: "Add", inputs: [.init("a", "u"), .init("b", "u")], outputs: [.init("sum", "u")]) { call in
              let sum = (call.arguments[0].uint32 ?? 0).addingReportingOverflow(call.arguments[1].uint32 ?? 0)
              if sum.overflow {
                call.fail("org.example.Echo1.Error.Overflow", "too much")
              } else {
                call.reply(.uint32(sum.partialValue))
              }
            },
            BusMethod(name: "Keep") { kept.append($0) },
            BusMethod(name: "Forget") { _ in },
            BusMethod(name: "Lie", outputs: [.init("number", "u")]) { $0.reply(.string("no number")) },
            BusMethod(name: "Open", outputs: [.init("end", "h")]) { call in
              let pipe = Pipe()
              pipe.fileHandleForWriting.write(Data("through a pipe".utf8))
              call.reply(.unixDescriptor(BusDescriptor(adopting: dup(pipe.fileHandleForReading.fileDescriptor))))
            },
          ],
          signals: [BusSignal(name: "Told", arguments: [.init("what", "s")])],
          properties: [
            BusProperty(name: "Name", signature: "s", emits: .const) { _ in .string("echo") },
            BusProperty(
              name: "Volume", signature: "u",
              write: { value, call in
                volume.set(value.uint32 ?? 0)
                call.reply()
              }, read: { _ in .uint32(volume.value) }),
          ])
      ])
  }

  static func call(_ member: MemberName, _ body: BusValue...) -> BusMessage {
    .call(name, path, interface, member, body)
  }
}
