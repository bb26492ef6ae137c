// SPDX-License-Identifier: Apache-2.0
// A network of a test's own. Fence: setns.

private import CLinux
import Foundation
private import Glibc
import Synchronization

/// A network namespace with a mount namespace and a sysfs of its own, where a test may make and remove links.
///
/// It lives as long as a sleeping child in it: so it is gone with all its links when the last reference goes, and when
/// the test process dies.
///
/// Threading: every function from any thread.
public final class Namespace: Sendable {
  /// What a test in one needs of the machine.
  public static let requirements: [Requirement] = [
    .root, .program("ip"), .program("nsenter"),
    .probe("network namespaces", "unshare --mount --net mount -t sysfs sysfs /sys"),
  ]

  /// The process that keeps it.
  public let keeper: ChildProcess

  /// Makes one; its loopback link is up.
  ///
  /// The shell commands of `setup` are run in it first, where `/` is private already.
  public init(setup: String = "") async throws {
    let script = """
      set -e
      mount --make-rprivate /
      mount -t sysfs sysfs /sys
      ip link set lo up
      \(setup)
      echo ready
      exec sleep infinity
      """
    keeper = try ChildProcess("unshare", ["--mount", "--net", "sh", "-c", script])
    do {
      try await keeper.output.first("the namespace") { $0 == "ready" }
    } catch {
      throw SystemError("namespace: \(keeper.errorText)", code: EPERM)
    }
  }

  /// The arguments of `nsenter` that lead into it.
  public var enter: [String] { ["--target", String(keeper.pid), "--mount", "--net", "--"] }

  /// Runs a command in it to its end.
  @discardableResult
  public func run(
    _ command: String, _ arguments: String..., within limit: Duration = Patience.standard
  ) async throws -> ToolResult {
    try await runTool("nsenter", arguments: enter + [command] + arguments, within: limit)
  }

  /// Runs `ip` with the words of a line, and fails if it does.
  @discardableResult
  public func ip(_ line: String) async throws -> ToolResult {
    let words = line.split(separator: " ").map(String.init)
    let result = try await runTool("nsenter", arguments: enter + ["ip"] + words)
    guard result.isSuccess else { throw NamespaceFailure(description: result.description) }
    return result
  }

  /// Runs many lines of `ip` in one process.
  public func ip(batch lines: [String], within limit: Duration = Patience.standard) async throws {
    let directory = try TemporaryDirectory()
    let file = try directory.write(lines.joined(separator: "\n") + "\n", to: "batch")
    let result = try await runTool("nsenter", arguments: enter + ["ip", "-force", "-batch", file], within: limit)
    guard result.isSuccess else { throw NamespaceFailure(description: String(result.description.prefix(500))) }
  }

  /// Starts a command in it.
  public func start(
    _ command: String, _ arguments: [String] = [], environment: [String: String] = [:], hasInput: Bool = false
  ) throws -> ChildProcess {
    try ChildProcess(
      "nsenter", enter + [command] + arguments, options: .init(environment: environment, hasInput: hasInput))
  }

  /// Makes a descriptor inside it, on a thread of its own that is gone afterwards: −1 stays −1.
  ///
  /// A socket belongs to the network namespace of the thread that made it, for ever.
  public func descriptor(_ make: @escaping @Sendable () -> CInt) -> CInt {
    let result = Answer()
    let path = "/proc/\(keeper.pid)/ns/net"
    // A thread of the concurrency pool must not leave its namespace, it may never come back.
    Thread {
      let namespace = unsafe open(path, O_RDONLY | O_CLOEXEC)
      let newNetwork: CInt = 0x4000_0000  // CLONE_NEWNET
      if namespace >= 0, setns(namespace, newNetwork) == 0 { result.number.withLock { $0 = make() } }
      if namespace >= 0 { _ = Glibc.close(namespace) }
      result.done.signal()
    }.start()
    result.done.wait()
    return result.number.withLock(\.self)
  }

  private final class Answer: Sendable {
    let number = Mutex<CInt>(-1)
    let done = DispatchSemaphore(value: 0)
  }
}

/// A command in a namespace that failed.
public struct NamespaceFailure: Error, CustomStringConvertible, Sendable {
  /// What it said.
  public let description: String
}
