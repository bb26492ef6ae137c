// SPDX-License-Identifier: Apache-2.0
// A shell in which `vireo` is installed, and whose other hosts are this one.

import Foundation
import TestSupport
import Testing

/// A shell in which our programs are on the path, and whose `ssh` reaches this machine, whatever host is named.
///
/// What ssh would run there is run here: the real systemd-stdio-bridge(1), on the bus of the test.
struct ToolPlace {
  let directory: TemporaryDirectory
  private let environment: [String: String]

  init(_ hub: TestHub) async throws {
    directory = try TemporaryDirectory()
    let bin = try directory.directory("bin")
    let programs = URL(filePath: try Repository.program("vireo")).deletingLastPathComponent().path
    // The last word is the command; the one before it the host. systemd-stdio-bridge knows no variable for the bus.
    let script = """
      #!/bin/sh
      printf '%s\\n' "$*" >>'\(directory.file("ssh.log"))'
      for word; do host=$command; command=$word; done
      test "$host" != unreachable.example || { echo 'ssh: no route to host' >&2; exit 255; }
      exec "$command" --bus-path="$REMOTE_BUS"
      """
    // A file that this process wrote may still be open for writing in a child that another test is just starting, and the
    // kernel refuses to execute it then: so another process writes it.
    let made = try await runTool("install", "-m755", try directory.write(script, to: "ssh.in"), bin + "/ssh")
    try #require(made.isSuccess, "\(made)")
    environment = [
      "PATH": "\(bin):\(programs):/usr/sbin:/usr/bin:/sbin:/bin", "TZ": "UTC",
      "DBUS_SYSTEM_BUS_ADDRESS": hub.bus.address, "REMOTE_BUS": hub.bus.address,
    ]
  }

  /// What ssh was asked for, a line each time.
  var sshCalls: [String] {
    ((try? String(contentsOfFile: directory.file("ssh.log"), encoding: .utf8)) ?? "").split(separator: "\n").map(
      String.init)
  }

  /// Runs a command line to its end.
  func run(_ line: String, environment more: [String: String] = [:]) async throws -> ToolResult {
    try await runTool(
      "bash", "-c", "set -o pipefail; PATH='\(environment["PATH"] ?? "")'; " + line,
      environment: environment.merging(more) { $1 })
  }

  /// Starts a command line.
  func start(_ line: String) throws -> ChildProcess {
    try ChildProcess(
      "bash", ["-c", "PATH='\(environment["PATH"] ?? "")'; exec " + line], options: .init(environment: environment))
  }
}
