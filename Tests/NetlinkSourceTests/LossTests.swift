// SPDX-License-Identifier: Apache-2.0
// Floods, lost notifications, lost sockets, restarts, and messages of others.

import EventLoop
import EventModel
import Foundation
import Hub
import SourceTestSupport
import Synchronization
import TestSupport
import Testing

@testable import NetlinkSource

@Suite("Links: nothing is lost silently", .needsNamespace, .timeLimit(.minutes(3)))
struct LossTests {
  @Test func `five thousand links at once are all told, without a gap`() async throws {
    let net = try await NetlinkRig()
    try await net.start()
    try await net.namespace.ip(batch: (1...5000).map { "link add f\($0) type ifb" }, within: .seconds(60))
    let wanted = Set((1...5000).map { "f\($0)" })
    try await net.rig.events.until("5000 links", within: .seconds(60)) { events in
      events.count >= 5000 && wanted.isSubset(of: events.lazy.filter { $0.kind == .linkAdded }.map(\.name))
    }
    #expect(net.rig.all(.hubGap).isEmpty)
    #expect(await net.rig.objects(.link).count >= 5001)
    let sequences = net.rig.events.all.map(\.sequence)
    #expect(sequences == Array(1...UInt64(sequences.count)))
  }

  @Test func `an overrun becomes one gap, and what was lost is found by comparing`() async throws {
    var options = NetlinkOptions()
    options.receiveBuffer = 16_384
    let net = try await NetlinkRig(options: options)
    try await net.namespace.ip("link add gone type ifb")
    try await net.namespace.ip("link add stays type ifb")
    try await net.start()
    // The loop stands still while the kernel sends more than the socket holds.
    let (held, release) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
    net.rig.loop.submit {
      held.signal()
      release.wait()
    }
    await withCheckedContinuation { continuation in
      DispatchQueue.global().async {
        held.wait()
        continuation.resume()
      }
    }
    do {
      defer { release.signal() }
      try await net.namespace.ip(
        batch: (1...1000).map { "link add f\($0) type ifb" } + ["link set stays mtu 1300", "link del gone"],
        within: .seconds(60))
    }
    try await net.rig.event(.sourceResynced)
    let wanted = Set((1...1000).map { "f\($0)" })
    try await net.rig.events.until("1000 links") { events in
      wanted.isSubset(of: events.lazy.filter { $0.kind == .linkAdded }.map(\.name))
    }
    #expect(net.rig.all(.hubGap).count == 1)
    let gap = try #require(net.rig.all(.hubGap).first)
    #expect(gap.data["reason"] == "overrun")
    #expect(gap.source == NetlinkSource.subject)
    #expect(try await net.event(.linkMTUChanged, "stays").origin == .resync)
    #expect(try await net.event(.linkRemoved, "gone").origin == .resync)
    #expect(net.rig.all(.linkAdded).contains { $0.origin == .resync })
    let source = try #require(await net.rig.object(NetlinkSource.subject))
    #expect((source[.overruns]?.uint ?? 0) >= 1)
    #expect(source[.resyncs] == .uint(1))
    #expect(source.state == "up")
    // And it goes on.
    try await net.namespace.ip("link del f1")
    #expect(try await net.event(.linkRemoved, "f1").origin == .live)
  }

  @Test func `after a restart what changed meanwhile is told, and nothing else`() async throws {
    let before = try await NetlinkRig()
    try await before.namespace.ip("link add v0 type veth peer name v1")
    try await before.namespace.ip("link add old type ifb")
    try await before.namespace.ip("link add br0 type bridge")
    try await before.namespace.ip("link set v1 master br0")
    try await before.namespace.ip("addr add 192.0.2.1/24 dev v0")
    try await before.start()
    let restored = await before.rig.objects(.link) + before.rig.objects(.source)
    await before.rig.onLoop { [source = before.source] in source.assumeIsolated { $0.stop() } }

    try await before.namespace.ip("link set v0 mtu 1400")
    try await before.namespace.ip("link del old")
    try await before.namespace.ip("link add new type ifb")
    try await before.namespace.ip("addr add 192.0.2.2/24 dev v0")
    let after = try await NetlinkRig(restored: restored, namespace: before.namespace)
    await after.rig.onLoop { [source = after.source] in source.assumeIsolated { $0.start() } }
    let resynced = try await after.rig.event(.sourceResynced)
    #expect(resynced.data["differences"]?.uint == 4)
    let told = after.rig.events.all.filter { $0.subject.category == .link }
    #expect(
      told.map { "\($0.kind.name) \($0.name)" }.sorted() == [
        "address.added v0", "link.added new", "link.mtu-changed v0", "link.removed old",
      ])
    #expect(told.allSatisfy { $0.origin == .resync })
    #expect(await after.rig.objects(.link).map(\.name).sorted() == ["br0", "lo", "new", "v0", "v1"])
  }

  @Test func `a link that took the index of another is another link`() async throws {
    let net = try await NetlinkRig()
    try await net.start()
    let known = HubObject(
      Subject(.link, "1"),
      [.index: .uint(1), .name: "eth7", .kind: "bridge", .state: "up", .address: "52:54:00:00:00:07"])
    let other = try await NetlinkRig(
      restored: [known, HubObject(NetlinkSource.subject)], namespace: net.namespace)
    await other.rig.onLoop { [source = other.source] in source.assumeIsolated { $0.start() } }
    try await other.rig.event(.sourceResynced)
    let told = other.rig.events.all.filter { $0.subject == known.subject }
    #expect(told.map(\.kind).prefix(2) == [.linkRemoved, .linkAdded])
    #expect(told.map(\.name).prefix(2) == ["eth7", "lo"])
  }

  @Test func `a socket that fails is opened again, and what was missed is found`() async throws {
    let namespace = try await Namespace()
    let opener = NetlinkRig.opener(namespace)
    let last = Mutex<CInt>(-1)
    let refusals = Mutex(0)
    let net = try await NetlinkRig(namespace: namespace) { () throws(NetlinkError) in
      if refusals.withLock({ left in
        left -= 1
        return left >= 0
      }) {
        throw NetlinkError("socket", errorNumber: EMFILE)
      }
      let descriptor = try opener()
      last.withLock { if $0 < 0 { $0 = descriptor.rawValue } }
      return descriptor
    }
    try await net.start()
    refusals.withLock { $0 = .max }
    // Something that is no socket takes the place of the socket, behind the back of the source.
    let number = last.withLock(\.self)
    let null = unsafe open("/dev/null", O_RDONLY)
    let replaced = await net.rig.onLoop { [source = net.source] in
      let replaced = dup2(null, number)
      source.assumeIsolated { $0.drain() }
      return replaced
    }
    close(null)
    #expect(replaced == number)
    let down = try await net.rig.event(.sourceDown)
    #expect(down.data["error"]?.string?.isEmpty == false)
    // No socket is to be had for a while, in which something happens.
    try await net.rig.event(.sourceDown) { $0.data["error"] == "socket: Too many open files" }
    try await namespace.ip("link add first type ifb")
    refusals.withLock { $0 = 0 }
    try await net.rig.event(.sourceReconnected)
    #expect(try await net.event(.linkAdded, "first").origin == .resync)
    #expect(net.rig.all(.hubGap).map { $0.data["reason"] } == ["source-down"])
    let source = try #require(await net.rig.object(NetlinkSource.subject))
    #expect(source[.reconnects] == .uint(1))
    #expect(source.state == "up")
    try await namespace.ip("link add second type ifb")
    #expect(try await net.event(.linkAdded, "second").origin == .live)
  }

  @Test func `a message that another process sent is refused`() async throws {
    let net = try await NetlinkRig()
    try await net.start()
    let found = await net.rig.onLoop { [source = net.source] in source.assumeIsolated { $0.socket?.port } }
    let port = try #require(found)
    let forger = """
      import socket, struct
      body = struct.pack('=BxHiII', 0, 1, 4711, 0, 0) + struct.pack('=HH8s', 12, 3, b'forged') + struct.pack('=HHI', 8, 4, 1500)
      s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
      s.bind((0, 0))
      s.sendto(struct.pack('=IHHII', 16 + len(body), 16, 0, 0, 0) + body, (\(port), 0))
      """
    let sent = try await net.namespace.run("python3", "-c", forger)
    #expect(sent.isSuccess, "\(sent)")
    try await net.rig.event(.sourceRejected)
    try await net.namespace.ip("link add real type ifb")
    try await net.event(.linkAdded, "real")
    #expect(await net.link("forged") == nil)
  }

  @Test func `links beyond the limit are left out, and the source says so`() async throws {
    var options = NetlinkOptions()
    options.limits.links = 3
    let net = try await NetlinkRig(options: options)
    try await net.start()
    try await net.namespace.ip(batch: (1...5).map { "link add f\($0) type ifb" })
    let degraded = try await net.rig.event(.sourceDegraded)
    #expect(degraded.data["error"] == "more links than the limit allows")
    #expect(await net.rig.objects(.link).count == 3)
    // Room for them is used.
    for name in ["f1", "f2"] { try await net.namespace.ip("link del \(name)") }
    try await net.rig.event(.sourceUp, from: net.rig.events.all.firstIndex { $0.kind == .sourceDegraded } ?? 0)
  }
}
