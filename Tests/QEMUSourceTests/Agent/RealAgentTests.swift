// SPDX-License-Identifier: Apache-2.0
// The guest agent that guests have: qemu-ga, asked on this machine.

import EventModel
import Glibc
import Hub
import QEMUSource
import TestSupport
import Testing

@Suite(.needs(.program("qemu-ga"))) struct RealAgentTests {
  @Test func `the real agent says what this machine is, hangs, goes on and ends`() async throws {
    let scene = try await AgentScene { options in
      options.limits.answer = .seconds(1)
      options.limits.synchronization = .seconds(1)
      options.intervals.ping = .milliseconds(50)
    }
    let agent = try Self.realAgent(scene.agentPath, scene.hub.directory)
    try await scene.add()
    let connected = try await scene.hub.event(.vmAgentConnected)
    #expect(connected.data["version"]?.string?.isEmpty == false)
    var name = [CChar](repeating: 0, count: 256)
    #expect(unsafe gethostname(&name, 256) == 0)
    let hostname = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    #expect(try await scene.hub.event(.vmGuestHostname).data["hostname"] == .string(hostname))
    try await scene.hub.event(.vmGuestOS)
    try await scene.hub.changes.first("the clock") { $0.subject == scene.subject && $0[.guestTimeOffset] != .double(0) }
    #expect(abs(await scene.property(.guestTimeOffset)?.double ?? 99) < 1, "it is this machine's clock")

    agent.signal(SIGSTOP)
    try await scene.hub.event(.vmAgentUnresponsive)
    var place = scene.hub.events.count
    agent.signal(SIGCONT)
    try await scene.hub.event(.vmAgentConnected, from: place)
    place = scene.hub.events.count
    try await agent.kill()
    try await scene.hub.event(.vmAgentDisconnected, from: place)
    place = scene.hub.events.count
    let again = try Self.realAgent(scene.agentPath, scene.hub.directory)
    try await scene.hub.event(.vmAgentConnected, from: place)
    #expect(!scene.hub.events.all.contains { $0.kind == .sourceRejected })
    try await again.kill()
  }

  /// A real agent on a socket of this machine, kept from everything that it could do to it.
  private static func realAgent(_ path: String, _ directory: TemporaryDirectory) throws -> ChildProcess {
    let dangerous = [
      "guest-shutdown", "guest-exec", "guest-exec-status", "guest-fsfreeze-freeze", "guest-fsfreeze-freeze-list",
      "guest-fsfreeze-thaw", "guest-fstrim", "guest-suspend-disk", "guest-suspend-ram", "guest-suspend-hybrid",
      "guest-set-time", "guest-set-vcpus", "guest-set-memory-blocks", "guest-set-user-password", "guest-file-open",
      "guest-file-close", "guest-file-read", "guest-file-write", "guest-file-seek", "guest-file-flush",
      "guest-ssh-add-authorized-keys", "guest-ssh-remove-authorized-keys",
    ]
    // It does not take a socket that is there already.
    unsafe unlink(path)
    return try ChildProcess(
      "qemu-ga",
      [
        "--method=unix-listen", "--path=\(path)", "-t", directory.path, "-f", directory.file("agent.pid"),
        "--block-rpcs=\(dangerous.joined(separator: ","))",
      ])
  }
}
