// SPDX-License-Identifier: Apache-2.0
// A child is started, seen, ended and reaped.

import Foundation
import TestSupport
import Testing

/// Whether a process of this number exists, zombies included.
func exists(_ pid: Int32) -> Bool { FileManager.default.fileExists(atPath: "/proc/\(pid)") }

/// The parent-death signal is a property of the kernel's task, seen only by the task itself: ask by its effect.
@Suite struct ChildProcessTests {
  @Test func `a command's output, errors and status are all there when it has ended`() async throws {
    let result = try await runTool("sh", "-c", "printf 'one\\ntwo'; echo three >&2; exit 7")
    #expect(result.output == "one\ntwo")
    #expect(result.lines == ["one", "two"])
    #expect(result.errors == "three\n")
    #expect(result.status == .exited(7))
  }

  @Test func `a line that is printed is seen while the process still runs`() async throws {
    let child = try ChildProcess("sh", ["-c", "echo ready; exec cat"], options: .init(hasInput: true))
    try await child.output.first("the first line") { $0 == "ready" }
    #expect(child.isRunning)
    try child.write("hello\n")
    try await child.output.first("the echo") { $0 == "hello" }
    child.closeInput()
    #expect(try await child.exit() == .exited(0))
  }

  @Test func `stopping ends a process that ignores SIGTERM, and what it left in its group`() async throws {
    let child = try ChildProcess("sh", ["-c", "trap '' TERM; sleep 1000 & echo $!; while :; do sleep 1000; done"])
    let grandchild = try #require(Int32(try await child.output.first("a pid") { _ in true }))
    #expect(try await child.stop(within: .milliseconds(50)) == .signalled(SIGKILL))
    #expect(!exists(child.pid))
    // The grandchild's end shows as the end of the output that it shared.
    try await child.output.end()
    #expect(child.status == .signalled(SIGKILL))
    try await end(of: grandchild)
  }

  @Test func `a child whose last reference goes is killed and reaped`() async throws {
    let output: Recorder<String>
    let pid: Int32
    do {
      let child = try ChildProcess("sleep", ["1000"])
      (output, pid) = (child.output, child.pid)
    }
    try await output.end("the end of the abandoned child")
    try await end(of: pid)
  }

  @Test func `a child dies with the process that started it, even when that is killed`() async throws {
    // The chain that ChildProcess uses, with a shell in the place of the test process.
    let parent = try ChildProcess(
      "sh", ["-c", "setpriv --pdeathsig KILL -- sleep 1000 & echo $!; read forever"], options: .init(hasInput: true))
    let grandchild = try #require(Int32(try await parent.output.first("a pid") { _ in true }))
    #expect(isAlive(grandchild))
    parent.signal(SIGKILL)
    try await parent.exit()
    try await parent.output.end("the grandchild's end of the pipe")
    try await end(of: grandchild)
  }

  @Test func `an unprivileged user is nobody and has no group of root's`() async throws {
    let nobody = try await runTool("id", user: .nobody)
    #expect(nobody.output.hasPrefix("uid=65534"))
    #expect(!nobody.output.contains("(root)"))
    let member = try await runTool("id", "-G", user: .member)
    #expect(member.output == "64124 64123\n")
  }

  @Test func `a program that is not there is named`() throws {
    let error = #expect(throws: MissingProgram.self) { try ChildProcess("no-such-program") }
    #expect(error?.name == "no-such-program")
  }

  @Test func `no child can reach the buses of the machine`() async throws {
    let result = try await runTool("sh", "-c", "echo \"$DBUS_SYSTEM_BUS_ADDRESS,$DBUS_SESSION_BUS_ADDRESS\"")
    #expect(result.output.hasPrefix("unix:path=/nonexistent"))
    #expect(result.output.hasSuffix(",\n"))
  }

  /// A dying process lets go of its pipes before it counts as dead.
  private func end(of pid: Int32) async throws {
    let deadline = ContinuousClock.now + Patience.standard
    while isAlive(pid) {
      try #require(ContinuousClock.now < deadline, "\(pid) lives on")
      await Task.yield()
    }
  }

  /// Whether the process runs; one that nobody has reaped yet does not.
  private func isAlive(_ pid: Int32) -> Bool {
    guard let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8) else { return false }
    return stat.split(separator: ")").last?.split(separator: " ").first != "Z"
  }
}
