// SPDX-License-Identifier: Apache-2.0
// A login1 of python-dbusmock on a private bus, and a source that listens to it.

import DBusBridge
import DBusTypes
import EventLoop
import Foundation
import Hub
import SourceTestSupport
import Synchronization
import TestSupport
import Testing

@testable import HostSource

/// A login1 of python-dbusmock on a private bus, and a source that listens to it.
final class LoginRig: Sendable {
  /// Debian's own Python, which has dbusmock; another one may come first on the path.
  static let python = "/usr/bin/python3"

  let bus: TestBus
  let rig: SourceRig
  let connection: BusConnection
  let source: LoginSource
  private let login1 = Mutex<ChildProcess?>(nil)

  init(
    _ kind: TestBus.Kind, options: LoginOptions = LoginOptions(), parameters: String? = "{}", isLogStuck: Bool = false
  ) async throws {
    bus = try await TestBus(kind)
    rig = try SourceRig(restored: [], isLogStuck: isLogStuck)
    let address = try #require(BusAddress(bus.address))
    var busOptions = BusOptions()
    busOptions.firstRetry = .milliseconds(20)
    connection = BusConnection(address: address, loop: rig.loop, options: busOptions)
    source = LoginSource(hub: rig.hub, connection: connection, options: options)
    if let parameters { try await startLogin1(parameters) }
    await rig.onLoop { [connection, source] in
      connection.assumeIsolated { $0.start() }
      source.assumeIsolated { $0.start() }
    }
  }

  /// Ends everything in order.
  func stop() async throws {
    await rig.onLoop { [connection, source] in
      source.assumeIsolated { $0.stop() }
      connection.assumeIsolated { $0.stop() }
    }
    try await endLogin1()
    try await bus.stop()
  }

  /// Starts a login1 with properties; it has its name when this returns.
  func startLogin1(_ parameters: String = "{}") async throws {
    let child = try ChildProcess(
      Self.python, ["-m", "dbusmock", "--system", "--template", "logind", "--parameters", parameters],
      options: .init(environment: bus.environment))
    login1.withLock { $0 = child }
    let wait = try await runTool(
      "gdbus", arguments: ["wait", "--address", bus.address, "--timeout", "30", "org.freedesktop.login1"])
    #expect(wait.isSuccess, "\(wait) \(child.errorText)")
  }

  func endLogin1() async throws {
    if let child = login1.withLock({ child in child.take() }) { try await child.kill() }
  }

  /// Makes login1 announce something.
  func announce(_ signal: String, _ isPending: Bool) async throws {
    let result = try await bus.call(
      "org.freedesktop.login1", "/org/freedesktop/login1", "org.freedesktop.DBus.Mock", "EmitSignal", "sssav",
      "org.freedesktop.login1.Manager", signal, "b", "1", "b", isPending ? "true" : "false")
    #expect(result.isSuccess, "\(result)")
  }

  /// The inhibitors that login1 knows, in busctl's words.
  func inhibitors() async throws -> String {
    try await bus.call(
      "org.freedesktop.login1", "/org/freedesktop/login1", "org.freedesktop.login1.Manager", "ListInhibitors"
    ).output
  }

  /// Asks login1 for its inhibitors until there are so many, since nothing tells of their end.
  func waitForInhibitors(_ count: Int) async throws {
    let deadline = ContinuousClock.now + Patience.standard
    while ContinuousClock.now < deadline {
      if try await inhibitors().hasPrefix("a(ssssuu) \(count)") { return }
    }
    Issue.record("not \(count) inhibitors: \(try await inhibitors())")
  }
}
