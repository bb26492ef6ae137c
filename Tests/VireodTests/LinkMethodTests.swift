// SPDX-License-Identifier: Apache-2.0
// Setting up virtual functions over the bus: who may, and what the kernel's refusal becomes.

import Foundation
import TestSupport
import Testing

@Suite(
  "vireod: the methods of a link", .timeLimit(.minutes(2)),
  .needs(all: Namespace.requirements, .program("busctl"), .program("dbus-daemon")))
struct LinkMethodTests {
  @Test func `a setting is root's, is checked, and the kernel's refusal is passed on in its words`() async throws {
    let namespace = try await Namespace()
    try await namespace.ip("link add v0 type veth peer name v1")
    // With a policy that lets everybody call, the daemon itself has to look at who does.
    let hub = try await RunningHub(policy: .open, in: namespace)
    let link = try await hub.path(of: "GetLink", "v0")

    func set(_ method: String, _ arguments: [String], user: TestUser? = nil) async throws -> ToolResult {
      try await runTool(
        "busctl",
        arguments: ["--address=\(hub.bus.address)", "call", RunningHub.name, link, "\(RunningHub.name).Link", method]
          + arguments, user: user)
    }
    for (method, arguments) in [
      ("SetVFVLAN", ["uuu", "0", "10", "0"]), ("SetVFMAC", ["us", "0", "52:54:00:00:00:01"]),
    ] {
      let refused = try await set(method, arguments)
      #expect(!refused.isSuccess && refused.errors.contains("Operation not supported"), "\(refused)")
      let stranger = try await set(method, arguments, user: .nobody)
      #expect(!stranger.isSuccess && !stranger.errors.contains("Operation not supported"), "\(stranger)")
    }
    for (method, arguments, error) in [
      ("SetVFVLAN", ["uuu", "0", "4095", "0"], "vlan: 0 to 4094 was expected, not 4095"),
      ("SetVFVLAN", ["uuu", "0", "10", "8"], "qos: 0 to 7 was expected, not 8"),
      ("SetVFMAC", ["us", "0", "52:54:00"], "mac: six pairs of hexadecimal digits"),
      ("SetVFMAC", ["us", "0", "01:00:5e:00:00:01"], "not that of a group"),
    ] {
      let wrong = try await set(method, arguments)
      #expect(!wrong.isSuccess && wrong.errors.contains(error), "\(wrong)")
    }
  }
}
