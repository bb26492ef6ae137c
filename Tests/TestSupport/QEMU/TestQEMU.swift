// SPDX-License-Identifier: Apache-2.0
// A real QEMU without a guest.

import Foundation
import Synchronization

/// A real `qemu-system-x86_64` of one test, with a monitor for the component under test and another one for the test.
///
/// The test's monitor is a socket pair that QEMU inherits, so there is nothing to dial and nothing to wait for but the
/// greeting. By default the machine is `none`, which needs 10 MiB and no firmware.
public final class TestQEMU: Sendable {
  /// A monitor for the component under test.
  public enum Monitor: Sendable {
    /// QEMU dials a listening socket, again every two seconds while nobody listens; `id` names the character device.
    case dials(String, id: String = "vireo")
    /// QEMU listens at a path, for one client at a time.
    case listens(String, id: String = "vireo")
  }

  /// How to start it.
  public struct Options: Sendable {
    /// The VM's name (`-name`); nil gives none.
    public var name: String?
    /// The VM's UUID (`-uuid`); nil gives none.
    public var uuid: String?
    /// The machine type (`-M`).
    public var machine = "none"
    /// Whether the vCPUs wait for `cont` (`-S`).
    public var startsPaused = false
    /// The monitors for the component under test.
    public var monitors: [Monitor] = []
    /// What else QEMU gets.
    public var arguments: [String] = []
    /// Whether its standard input can be written to: `-serial stdio`.
    public var hasInput = false
    /// Another QEMU than the one on the path.
    public var executable = "qemu-system-x86_64"

    /// The defaults: an anonymous empty machine that nobody watches.
    public init(
      name: String? = nil, uuid: String? = nil, machine: String = "none", startsPaused: Bool = false,
      monitors: [Monitor] = [], arguments: [String] = []
    ) {
      self.name = name
      self.uuid = uuid
      self.machine = machine
      self.startsPaused = startsPaused
      self.monitors = monitors
      self.arguments = arguments
    }
  }

  /// The process.
  public let process: ChildProcess
  /// The test's own monitor.
  public let monitor: QMPMonitor
  /// The events that QEMU sent on the test's own monitor: what the component under test should have seen, too.
  public var events: Recorder<QMPEvent> { monitor.events }
  /// Its process ID.
  public var pid: Int32 { process.pid }

  /// Starts QEMU; when this returns, its monitors exist and the test's own one accepts commands.
  public init(_ options: Options = Options()) async throws {
    let (ours, theirs) = try UnixSocket.pair()
    var arguments = ["-M", options.machine, "-nodefaults", "-display", "none", "-no-user-config"]
    if let name = options.name { arguments += ["-name", name] }
    if let uuid = options.uuid { arguments += ["-uuid", uuid] }
    if options.startsPaused { arguments.append("-S") }
    for monitor in options.monitors { arguments += try await Self.arguments(for: monitor, options.executable) }
    arguments += ["-chardev", "socket,id=test-control,fd=3", "-mon", "chardev=test-control,mode=control"]
    process = try ChildProcess(
      options.executable, arguments + options.arguments,
      options: .init(descriptors: [3: theirs], hasInput: options.hasInput))
    theirs.close()
    monitor = try QMPMonitor(ours)
    do {
      try await monitor.negotiated()
    } catch {
      throw QEMUFailure(text: "\(error): \(process.errorText)")
    }
  }

  /// Sends a command on the test's own monitor.
  @discardableResult
  public func execute(_ command: String, _ arguments: TestJSON? = nil) async throws -> TestJSON {
    try await monitor.execute(command, arguments)
  }

  /// Runs a command of the human monitor.
  @discardableResult
  public func human(_ command: String) async throws -> String { try await monitor.human(command) }

  /// Ends QEMU by its own command and waits for its end.
  @discardableResult
  public func quit() async throws -> ExitStatus {
    monitor.send("quit")
    return try await process.exit()
  }

  /// The option of a socket by which this QEMU redials every two seconds: it was renamed in QEMU 9.2.
  public static func reconnectOption(of executable: String = "qemu-system-x86_64") async throws -> String {
    if let known = reconnectOptions.withLock({ $0[executable] }) { return known }
    let version = try await runTool(executable, "--version").output
    let numbers =
      version.split { !($0.isNumber || $0 == ".") }.first?.split(separator: ".").compactMap { Int($0) } ?? []
    let option = numbers.lexicographicallyPrecedes([9, 2]) ? "reconnect=2" : "reconnect-ms=2000"
    reconnectOptions.withLock { $0[executable] = option }
    return option
  }

  private static let reconnectOptions = Mutex<[String: String]>([:])

  private static func arguments(for monitor: Monitor, _ executable: String) async throws -> [String] {
    switch monitor {
    case .dials(let path, let id):
      let reconnect = try await reconnectOption(of: executable)
      return ["-chardev", "socket,id=\(id),path=\(path),\(reconnect)", "-mon", "chardev=\(id),mode=control"]
    case .listens(let path, let id):
      return ["-chardev", "socket,id=\(id),path=\(path),server=on,wait=off", "-mon", "chardev=\(id),mode=control"]
    }
  }
}

/// A QEMU that did not start.
public struct QEMUFailure: Error, CustomStringConvertible, Sendable {
  let text: String

  /// What it said.
  public var description: String { "QEMU: \(text)" }
}
