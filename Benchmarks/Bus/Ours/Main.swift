// SPDX-License-Identifier: Apache-2.0
// The bridge, doing what the peers do; see Peers/peer.h.

import DBusBridge
import DBusTypes
import EventLoop
import Glibc
import Measure

@main enum Main {
  static func main() throws {
    let words = CommandLine.arguments
    guard words.count > 2, let address = BusAddress.session else { exit(2) }
    let loop = try EventLoop()
    let bus = BusConnection(address: address, loop: loop)
    let program = Program(bus: bus, loop: loop, what: words[2], wanted: Int(words[words.count - 1]) ?? 0)
    loop.submit {
      program.assumeIsolated { words[1] == "emit" ? $0.emitAll() : $0.serve() }
    }
    loop.run()
  }
}

actor Program: LoopActor {
  static let warmUp = 50
  static let inARow = 100

  nonisolated let loop: EventLoop
  let bus: BusConnection
  let what: String
  let wanted: Int
  var calls = 0
  var sent = 0

  init(bus: BusConnection, loop: EventLoop, what: String, wanted: Int) {
    self.bus = bus
    self.loop = loop
    self.what = what
    self.wanted = wanted
  }

  // MARK: Signals

  func emitAll() {
    bus.assumeIsolated { bus in
      bus.onStateChange { state in
        guard state.isConnected else { return }
        self.loop.submit { self.assumeIsolated { $0.emitSome() } }
      }
      bus.start()
    }
  }

  /// Sends a row, and goes on when it is out.
  private func emitSome() {
    guard bus.assumeIsolated({ $0.outgoingBytes }) == 0 else { return again() }
    if sent == Program.warmUp { measure_begin() }
    if sent == Program.warmUp + wanted {
      unsafe measure_end("emit", CLong(wanted))
      exit(0)
    }
    let row = sent..<sent + (sent < Program.warmUp ? Program.warmUp : min(Program.inARow, wanted))
    bus.assumeIsolated { bus in
      for number in row where bus.send(Program.message(number)) != .queued { exit(1) }
    }
    sent = row.upperBound
    again()
  }

  private func again() {
    loop.submit { self.assumeIsolated { $0.emitSome() } }
  }

  private static func message(_ number: Int) -> BusMessage {
    .signal(
      "/org/bench/E", "org.bench.Events", "Event",
      [
        .uint64(UInt64(number)), .string("vm-00042"), .string("6f2c1f0e-7d53-4f0d-9e0b-0f1b5a2b7a11"),
        .string("BLOCK_JOB_COMPLETED"),
        .variants([
          ("device", .string("drive-virtio-disk0")), ("len", .uint64(10_737_418_240)),
          ("offset", .uint64(10_737_418_240)),
          ("type", .string("commit")),
        ]),
      ])
  }

  // MARK: Calls

  func serve() {
    let ping = BusMethod(name: "Ping") { call in
      self.assumeIsolated { $0.called() }
      call.reply()
    }
    let properties: [BusProperty] = [
      BusProperty(name: "Name", signature: "s") { _ in
        self.assumeIsolated { $0.called() }
        return .string("vm-00042")
      },
      BusProperty(name: "UUID", signature: "s") { _ in .string("6f2c1f0e-7d53-4f0d-9e0b-0f1b5a2b7a11") },
      BusProperty(name: "State", signature: "s") { _ in .string("running") },
      BusProperty(name: "OSType", signature: "s") { _ in .string("hvm") },
      BusProperty(name: "Active", signature: "b") { _ in .boolean(true) },
      BusProperty(name: "Persistent", signature: "b") { _ in .boolean(true) },
      BusProperty(name: "Autostart", signature: "b") { _ in .boolean(true) },
      BusProperty(name: "Id", signature: "u") { _ in .uint32(4) },
      BusProperty(name: "MaxVcpus", signature: "u") { _ in .uint32(4) },
      BusProperty(name: "MaxMemory", signature: "t") { _ in .uint64(4_194_304) },
      BusProperty(name: "CpuTime", signature: "t") { _ in .uint64(4_194_304) },
      BusProperty(name: "Load", signature: "d") { _ in .double(12.5) },
    ]
    bus.assumeIsolated { bus in
      bus.export(
        BusObject(
          path: "/org/bench/E",
          interfaces: [BusInterface(name: "org.bench.Srv", methods: [ping], properties: properties)]))
      bus.own("org.bench.Srv") { event in
        guard case .acquired = event else { return }
        print("ready")
        fflush(nil)
      }
      bus.start()
    }
  }

  private func called() {
    calls += 1
    if calls == Program.warmUp { measure_begin() }
    guard calls == Program.warmUp + wanted else { return }
    unsafe measure_end(what, CLong(wanted))
    exit(0)
  }
}
