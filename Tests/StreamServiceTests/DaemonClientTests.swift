// SPDX-License-Identifier: Apache-2.0
// The socket as vireod serves it: who gets in, and fifty clients at once.

import Foundation
import StreamService
import TestSupport
import Testing

@Suite(
  "Varlink: vireod", .needs(.root, .mountNamespaces, .program("dbus-daemon"), .program("busctl")),
  .timeLimit(.minutes(5)))
struct DaemonClientTests {
  private static let more = #","more":true"#
  /// The rate guard would fold such a flood; that is another test's.
  private static let settings = "monitor: {burst: 4000000, rate: 4000000}\n"

  private func daemon(_ settings: String = DaemonClientTests.settings) async throws -> TestDaemon {
    try await TestDaemon(on: TestBus(), settings: settings)
  }

  private func connect(_ daemon: TestDaemon) throws -> VarlinkClient {
    try VarlinkClient(daemon.runtimeDirectory + "/org.vireo.Hub1")
  }

  /// Sends events from a machine, and waits until the daemon has taken them.
  private func emit(_ count: Int, from peer: QMPPeer) async throws {
    for index in 0..<count {
      peer.emit("RTC_CHANGE", ["offset": .int(Int64(index)), "qom-path": "/rtc"])
      if index % 1000 == 999 { try await peer.drained() }
    }
    try await peer.drained()
  }

  @Test func `fifty clients of the daemon each see what is there and then every event, while the bus sees the same`()
    async throws
  {
    let daemon = try await daemon()
    let fleet = try QMPFleet(4, dialling: daemon.monitorSocket)
    defer { fleet.stop() }
    try await fleet.negotiated()
    let clients = try (0..<50).map { _ in try connect(daemon) }
    for client in clients {
      client.start()
      _ = try await client.answer("Monitor", #"{"kinds":["vm.*"]}"#, flags: Self.more)
    }
    for round in 0..<100 {
      fleet.emit("RTC_CHANGE", ["offset": .int(Int64(round)), "qom-path": "/rtc"])
    }
    fleet.emit("POWERDOWN")
    for client in clients {
      try await client.replies.until("404 events") { $0.reduce(0) { $0 + $1.numbers.count } >= 404 }
    }
    let all = try await daemon.events("vm.*").compactMap { $0["sequence"]?.int.map(UInt64.init) }
    for client in clients {
      let replies = client.replies.all
      let first = try #require(replies.first?["parameters"]?["sequence"]?.int)
      let numbers = replies.flatMap(\.numbers)
      let last = try #require(numbers.last)
      #expect(numbers == all.filter { $0 > UInt64(first) && $0 <= last })
    }
  }

  @Test func `fifty clients that read nothing cost a bounded amount, and each is told where to come back`() async throws
  {
    let daemon = try await daemon()
    let peer = try QMPPeer(.dials(daemon.monitorSocket), QMPBehaviour(name: "loud")).start()
    defer { peer.stop() }
    try await peer.negotiations.atLeast(1, "negotiation")
    let before = try peakBytes(of: daemon)
    let clients = try (0..<50).map { _ in try connect(daemon) }
    for client in clients { client.call("Monitor", flags: Self.more) }
    let healthy = try connect(daemon)
    healthy.start()
    _ = try await healthy.answer("Monitor", #"{"kinds":["vm.powerdown"]}"#, flags: Self.more)
    repeat {
      try await emit(2000, from: peer)
    } while try await !daemon.call("GetMetrics").output.contains(#"what=\"overflow\"} 50\n"#)
    peer.emit("POWERDOWN")
    try await healthy.replies.first("the last event") { !$0.numbers.isEmpty }
    // Each client may hold a window, once as events in hand and once as text.
    let grown = try peakBytes(of: daemon) - before
    #expect(grown < 64 << 20)
    for client in clients { client.start() }
    for client in clients {
      let replies = try await client.replies.end(within: Patience.standard)
      #expect(replies.last?.error == "org.vireo.Hub1.Overflow")
      #expect(replies.last?["parameters"]?["after"]?.int.map(UInt64.init) == replies.flatMap(\.numbers).last)
    }
  }

  @Test func `the socket lets in its owner and its group, and the kernel says who it is`() async throws {
    // A group that every system has and that this user is in only here.
    let known = unsafe getgrnam("daemon")?.pointee.gr_gid
    let group = try #require(known)
    let directory = try TemporaryDirectory()
    let host = try await ServiceHost(at: directory.file("s")) { options in
      options.group = "daemon"
      options.connectionsPerUser = 1
    }
    let attributes = try FileManager.default.attributesOfItem(atPath: host.path)
    #expect(attributes[.posixPermissions] as? Int == 0o660)
    #expect(attributes[.groupOwnerAccountID] as? UInt32 == group)
    let root = try VarlinkClient.reading(host.path)
    #expect(try await root.answer("ListLinks").error == nil)
    // Root has taken all of its connections; of this the member's one is not the second.
    let script = """
      import socket, sys
      calls = [socket.socket(socket.AF_UNIX) for _ in range(2)]
      for call in calls:
        call.connect(sys.argv[1])
        try:
          call.sendall(b'{"method":"org.vireo.Hub1.ListLinks"}\\0')
        except BrokenPipeError:
          pass  # refused and closed already; why is there to be read
        print(call.recv(4096).rstrip(b"\\0").decode())
      """
    let member = TestUser(user: TestUser.member.user, group: TestUser.member.group, groups: [group])
    let result = try await runTool("/usr/bin/python3", arguments: ["-c", script, host.path], user: member)
    let lines = result.output.split(separator: "\n")
    try #require(lines.count == 2, "\(result)")
    #expect(lines[0] == #"{"parameters":{"links":[]}}"#)
    #expect(lines[1].contains("LimitsExceeded") && lines[1].contains("clients.max-per-user"))
    let stranger = try await runTool("/usr/bin/python3", arguments: ["-c", script, host.path], user: .nobody)
    #expect(!stranger.isSuccess && stranger.errors.contains("PermissionError"), "\(stranger)")
  }

  @Test func `the configuration limits connections, and closes the socket altogether`() async throws {
    let small = try await daemon("clients: {max: 2}\n")
    let clients = try (0..<2).map { _ in try connect(small) }
    for client in clients {
      client.start()
      #expect(try await client.answer("ListLinks").error == nil)
    }
    let third = try connect(small)
    third.start()
    #expect(try await third.replies.end().first?["parameters"]?["limit"]?.string == "clients.max")
    let path = small.runtimeDirectory + "/org.vireo.Hub1"
    #expect(try await small.stop() == .exited(0))
    #expect(!FileManager.default.fileExists(atPath: path), "an end in good order leaves no socket")
    let none = try await daemon("clients: {enabled: false}\n")
    #expect(!FileManager.default.fileExists(atPath: none.runtimeDirectory + "/org.vireo.Hub1"))
  }

  /// The most memory that the daemon ever held, in bytes.
  private func peakBytes(of daemon: TestDaemon) throws -> Int {
    let status = try String(contentsOfFile: "/proc/\(daemon.process.pid)/status", encoding: .utf8)
    let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") })
    return (line.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) * 1024
  }
}
