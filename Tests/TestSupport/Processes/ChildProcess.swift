// SPDX-License-Identifier: Apache-2.0
// A real component that a test started, and that cannot outlive the test.

import Foundation
import Synchronization

/// A child process.
///
/// It is killed and reaped when the last reference goes, when ``stop(within:)`` is called, and when the test process
/// itself dies, however that happens (`setpriv --pdeathsig KILL`). It leads a session and process group of its own, and
/// what it started and left in that group dies with it.
///
/// Threading: every function from any thread.
public final class ChildProcess: Sendable {
  /// How to start it.
  public struct Options: Sendable {
    /// Variables set on top of ``ChildProcess/baseEnvironment``.
    public var environment: [String: String] = [:]
    /// Who runs it; nil is the test's own user.
    public var user: TestUser?
    /// Descriptors that it inherits: the child's number (3 or more) and ours.
    public var descriptors: [CInt: Descriptor] = [:]
    /// Whether ``ChildProcess/write(_:)`` and ``ChildProcess/closeInput()`` reach its standard input; else it is `/dev/null`.
    public var hasInput = false

    /// The defaults.
    public init(
      environment: [String: String] = [:], user: TestUser? = nil, descriptors: [CInt: Descriptor] = [:],
      hasInput: Bool = false
    ) {
      self.environment = environment
      self.user = user
      self.descriptors = descriptors
      self.hasInput = hasInput
    }
  }

  /// What every child finds: a system path, a plain locale, and no way to the machine's own buses.
  public static let baseEnvironment: [String: String] = {
    var environment = ProcessInfo.processInfo.environment
    for name in ["DBUS_SESSION_BUS_ADDRESS", "DBUS_STARTER_ADDRESS", "XDG_RUNTIME_DIR", "LISTEN_FDS", "NOTIFY_SOCKET"] {
      environment[name] = nil
    }
    environment["DBUS_SYSTEM_BUS_ADDRESS"] = "unix:path=/nonexistent/the-tests-never-use-the-bus-of-the-machine"
    environment["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:" + (environment["PATH"] ?? "")
    environment["LC_ALL"] = "C.UTF-8"
    environment["PAGER"] = "cat"
    return environment
  }()

  /// The command, for messages.
  public let command: String
  /// The process, which is also its process group.
  ///
  /// Once the process has ended the number may be somebody else's.
  public let pid: Int32
  /// Lines of standard output, as they come.
  public var output: Recorder<String> { supervisor.output.lines }
  /// Lines of standard error, as they come.
  public var errors: Recorder<String> { supervisor.errors.lines }
  /// All of standard output until now.
  public var outputText: String { supervisor.output.text }
  /// All of standard error until now.
  public var errorText: String { supervisor.errors.text }
  /// The status, once it has ended.
  public var status: ExitStatus? { supervisor.ends.all.first }
  /// Whether it has not been reaped yet.
  public var isRunning: Bool { status == nil }

  private let supervisor: Supervisor
  private let input: Descriptor?

  /// Starts `executable`, looked up on the path, with `arguments`.
  ///
  /// Errors: ``MissingProgram`` when there is no such program; ``SystemError`` when it could not be started.
  public init(_ executable: String, _ arguments: [String] = [], options: Options = Options()) throws {
    let path = try Requirement.path(of: executable)
    command = ([executable] + arguments).joined(separator: " ")
    let prefix = ["setpriv", "--pdeathsig", "KILL"] + (options.user?.setprivArguments ?? []) + ["--"]
    let environment = Self.baseEnvironment.merging(options.environment) { _, new in new }
    let started = try Reactor.shared.perform { [options] in
      Result { try Supervisor.start(prefix + [path] + arguments, environment: environment, options: options) }
    }
    (supervisor, input, pid) = (started.supervisor, started.input, started.supervisor.pid)
  }

  deinit { supervisor.send(SIGKILL, toGroup: true) }

  /// Sends a signal to the process; false when it has ended already.
  @discardableResult
  public func signal(_ signal: CInt) -> Bool { supervisor.send(signal, toGroup: false) }

  /// Sends a signal to the process and to all that it started and left in its group; false when it has ended already.
  @discardableResult
  public func signalGroup(_ signal: CInt) -> Bool { supervisor.send(signal, toGroup: true) }

  /// Waits for its end.
  @discardableResult
  public func exit(within limit: Duration = Patience.standard) async throws -> ExitStatus {
    try await supervisor.ends.first("the end of \(command)", within: limit) { _ in true }
  }

  /// Ends it: SIGTERM, and SIGKILL to the whole group if it takes longer than `limit`.
  ///
  /// Returns when it is reaped.
  @discardableResult
  public func stop(within limit: Duration = .seconds(5)) async throws -> ExitStatus {
    signal(SIGTERM)
    signal(SIGCONT)
    if let status = try? await exit(within: limit) { return status }
    return try await kill()
  }

  /// Ends it and its group with SIGKILL and returns when it is reaped.
  @discardableResult
  public func kill() async throws -> ExitStatus {
    signalGroup(SIGKILL)
    return try await exit()
  }

  /// Writes text to its standard input, which needs ``Options/hasInput``; what does not fit into the pipe is refused.
  public func write(_ text: String) throws {
    guard let input else { throw SystemError("write to \(command), which has no input", code: EBADF) }
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      switch input.write(rest) {
      case .wrote(let count): rest = rest.dropFirst(count)
      case .wouldBlock: throw SystemError("write to \(command)", code: EAGAIN)
      case .failed(let code): throw SystemError("write to \(command)", code: code)
      }
    }
  }

  /// Ends its standard input.
  public func closeInput() { input?.close() }
}
