// SPDX-License-Identifier: Apache-2.0
// A private bus, by either of the two brokers that the world runs.

import Foundation
import Synchronization
public import Testing

/// A private message bus of one test: a real `dbus-daemon` or a real `dbus-broker`, started by the test and ended with it.
///
/// It never touches the machine's own bus. It listens at a path of its own, in a mount namespace of its own where
/// `/etc/passwd` and `/etc/group` also know the account `vireo` (see ``TestUser``). A test is written once and runs
/// on both: `@Test(arguments: TestBus.Kind.allCases)`.
///
/// Threading: every function from any thread; only one of `kill`, `restart` and `stop` at a time.
public final class TestBus: Sendable {
  /// The two brokers.
  public enum Kind: String, CaseIterable, Sendable, CustomTestStringConvertible {
    /// The reference implementation.
    case daemon = "dbus-daemon"
    /// The one of Fedora, Arch and others.
    case broker = "dbus-broker"

    /// Its name in test reports.
    public var testDescription: String { rawValue }

    /// What a test on it needs of the machine.
    public var requirement: Requirement { .program(self == .daemon ? "dbus-daemon" : "dbus-broker-launch") }
  }

  /// Which broker it is.
  public let kind: Kind
  /// What it allows and holds.
  public let configuration: BusConfiguration
  /// The D-Bus address, `unix:path=…`.
  ///
  /// It stays the same through ``restart()``.
  public let address: String
  /// The socket's path.
  public let socketPath: String

  private let directory: TemporaryDirectory
  private let running = Mutex<Running?>(nil)

  /// What a running bus consists of.
  struct Running: Sendable {
    let process: ChildProcess
    /// What only dbus-broker needs: it does not listen by itself, and it logs to a journal.
    let journal: DatagramRecorder?
  }

  /// Starts a bus; when this returns, clients can connect.
  public init(_ kind: Kind = .daemon, _ configuration: BusConfiguration = BusConfiguration()) async throws {
    self.kind = kind
    self.configuration = configuration
    directory = try TemporaryDirectory()
    socketPath = directory.file("bus")
    address = "unix:path=\(socketPath)"
    try writeAccounts()
    try directory.write(configuration.xml(address: address), to: "bus.conf")
    try await start()
  }

  /// The broker's own process: the one to look at for memory, and that ``pause()`` stops.
  ///
  /// For dbus-broker it is the launcher.
  public var pid: Int32? { running.withLock { $0?.process.pid } }

  /// What the broker has said until now: warnings about the policy, for one.
  public var log: String {
    running.withLock { running in
      guard let running else { return "" }
      return running.process.errorText + (running.journal?.messages.all.joined(separator: "\n") ?? "")
    }
  }

  /// Stops the bus in its tracks, so that everything sent to it queues.
  public func pause() { running.withLock { _ = $0?.process.signalGroup(SIGSTOP) } }

  /// Lets a paused bus go on.
  public func resume() { running.withLock { _ = $0?.process.signalGroup(SIGCONT) } }

  /// Makes the bus read its configuration and policy again.
  public func reload() async throws {
    let result = try await call("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "ReloadConfig")
    guard result.isSuccess else { throw BusFailure(text: result.description) }
  }

  /// Kills the bus: its clients see the connection close, and nobody can connect until ``restart()``.
  public func kill() async throws {
    guard let gone = running.withLock({ running in running.take() }) else { return }
    try await gone.process.kill()
    try? FileManager.default.removeItem(atPath: socketPath)
  }

  /// Kills the bus if it still runs, and starts a new one at the same address: a new bus, that knows no name.
  public func restart() async throws {
    try await kill()
    try await start()
  }

  /// Ends the bus for good and returns when its process is reaped.
  public func stop() async throws { try await kill() }

  /// Calls a method with busctl(1), as root or as another user.
  ///
  /// Arguments are a signature and values, as busctl takes them.
  public func call(
    _ destination: String, _ path: String, _ interface: String, _ member: String, _ arguments: String...,
    user: TestUser? = nil, within limit: Duration = Patience.standard
  ) async throws -> ToolResult {
    try await runTool(
      "busctl", arguments: ["--address=\(address)", "call", destination, path, interface, member] + arguments,
      user: user, within: limit)
  }

  /// The environment by which a child takes this bus for the system bus.
  public var environment: [String: String] { ["DBUS_SYSTEM_BUS_ADDRESS": address] }

  private func start() async throws {
    let started: Running
    switch kind {
    case .daemon: started = try await startDaemon(directory)
    case .broker: started = try await startBroker(directory)
    }
    running.withLock { $0 = started }
  }

  /// Copies of the account files that also know `vireo`, its member, and nobody else new.
  private func writeAccounts() throws {
    func account(_ name: String, _ user: TestUser) -> String {
      "\(name):x:\(user.user):\(user.group)::/nonexistent:/usr/sbin/nologin\n"
    }
    let users = try String(contentsOfFile: "/etc/passwd", encoding: .utf8)
    let groups = try String(contentsOfFile: "/etc/group", encoding: .utf8)
    func without(_ text: String) -> String {
      text.split(separator: "\n").filter { !$0.hasPrefix("vireo") }.joined(separator: "\n") + "\n"
    }
    try directory.write(
      without(users) + account("vireo", .service) + account("vireo-member", .member), to: "passwd")
    try directory.write(
      without(groups) + "vireo:x:\(TestUser.service.group):vireo-member\nvireo-member:x:\(TestUser.member.group):\n",
      to: "group")
  }
}

/// A bus that could not be started or did not obey.
public struct BusFailure: Error, CustomStringConvertible, Sendable {
  let text: String

  /// What it said.
  public var description: String { "the bus: \(text)" }
}
