// SPDX-License-Identifier: Apache-2.0
// vireod as the process under test, fed by fake monitors, killed and started again.

import Foundation
import Synchronization
import TestSupport
import Testing

/// How much the long tests do: a little in `make test`, all of it in `make soak`.
enum Effort {
  /// Whether `VIREO_SOAK` asks for all of it.
  static let isFull = ProcessInfo.processInfo.environment["VIREO_SOAK"] != nil

  /// The number for this run.
  static func of(_ short: Int, full: Int) -> Int { isFull ? full : short }
}

/// `vireod` on a bus, on directories that outlive it, and fake monitors that send it events.
final class Daemon: Sendable {
  /// The rate guard would fold such a flood, and the kernel's devices are another test's.
  private static let settings = """
    monitor: {burst: 4000000, rate: 4000000}
    subscriptions: {ack-timeout: 2s}
    devices: {enabled: false}
    links: {enabled: false}

    """

  let bus: TestBus
  let fleet: QMPFleet
  private let settings: String
  private let environment: [String: String]
  private let running: Mutex<TestDaemon>

  /// Starts it with so many monitors, and waits until all are being heard.
  init(
    on bus: TestBus, monitors: Int, settings: String = "", environment: [String: String] = [:]
  ) async throws {
    self.bus = bus
    self.settings = Daemon.settings + settings
    self.environment = environment
    let daemon = try await TestDaemon(on: bus, settings: self.settings, environment: environment)
    running = Mutex(daemon)
    fleet = try QMPFleet(monitors, dialling: daemon.monitorSocket)
    try await fleet.negotiated()
  }

  deinit { fleet.stop() }

  var current: TestDaemon { running.withLock(\.self) }

  /// Kills it as nothing else could, and starts another one on the same directories.
  ///
  /// - Parameter meanwhile: what is done while there is none.
  /// - Throws: when it does not end, or does not start again.
  func killAndRestart(meanwhile: () throws -> Void = {}) async throws {
    let old = current
    let before = fleet.peers.map(\.negotiations.count)
    try await old.process.kill()
    try meanwhile()
    try await start(after: old)
    for (peer, count) in zip(fleet.peers, before) { try await peer.negotiations.atLeast(count + 1, "negotiation") }
  }

  /// Starts another one on the directories of one that has ended.
  func start(after old: TestDaemon) async throws {
    let new = try await TestDaemon(on: bus, settings: settings, directory: old.home, environment: environment)
    running.withLock { $0 = new }
  }

  /// Sends events from all monitors in turn, until so many are sent and in the kernel's hands; the daemon may be thousands
  /// behind.
  func emit(_ count: Int, every piece: Int = 2000) async throws {
    var sent = 0
    while sent < count {
      for peer in fleet.peers where sent < count {
        // A monitor whose daemon is gone drops what it would say, as QEMU does.
        peer.emit("RTC_CHANGE", ["offset": .int(Int64(sent)), "qom-path": "/rtc"])
        sent += 1
      }
      if sent % piece < fleet.peers.count { try await drained() }
    }
    try await drained()
  }

  /// Waits until the daemon has taken what was sent; a daemon that is killed takes nothing any more.
  private func drained() async throws {
    for peer in fleet.peers {
      do {
        try await peer.drained()
      } catch WaitError.ended {}
    }
  }

  /// Sends one last event from each monitor, of a kind that nothing else sends.
  func emitLast() {
    #expect(fleet.emit("POWERDOWN") == fleet.peers.count)
  }

  /// The most memory that the daemon ever held, in bytes.
  var peakBytes: Int {
    get throws {
      let status = try String(contentsOfFile: "/proc/\(current.process.pid)/status", encoding: .utf8)
      let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") })
      return (line.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) * 1024
    }
  }
}
