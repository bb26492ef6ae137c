// SPDX-License-Identifier: Apache-2.0
// Messages that udevd would never send, on the real way that its messages come.

import TestSupport
import Testing

@Suite("Devices: hostile messages", .needsUdevd, .timeLimit(.minutes(2)))
struct HostileMessageTests {
  /// Sends a message in the form of libudev (libudev-monitor.c) to udevd's group.
  private static let forger = """
    import socket, struct, sys
    def send(pairs, group=2):
        body = b''.join(k + b'=' + v + b'\\0' for k, v in pairs)
        header = struct.pack('=8s', b'libudev') + struct.pack('>I', 0xfeedcafe) + struct.pack('=III', 40, 40, len(body)) + bytes(16)
        s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 15)
        s.bind((0, 0))
        s.sendto(header + body, (0, group))
    base = [(b'ACTION', b'add'), (b'DEVPATH', b'/devices/virtual/net/forged'), (b'SUBSYSTEM', b'net'), (b'SEQNUM', b'7')]

    """

  @Test func `values are made printable, and there are no more of them than the limits allow`() async throws {
    let rig = try await UdevRig()
    let sent = try await rig.namespace.run(
      "python3", "-c",
      Self.forger + """
        send(base + [(b'ID_FS_LABEL', b'a\\x1b[2Jb\\x07c')] + [(b'P%d' % i, b'x' * 9) for i in range(400)])
        """)
    #expect(sent.isSuccess, "\(sent)")
    try await rig.event("device.added", "forged")
    let device = try #require(try await rig.net("forged"))
    guard case .object(let properties) = device["Properties"] else {
      Issue.record("no properties")
      return
    }
    #expect(properties.count <= 256)
    #expect(properties["ID_FS_LABEL"]?.string == "a\u{FFFD}[2Jb\u{FFFD}c")
    // The source still works.
    try await rig.namespace.ip("link add v0 type veth peer name v1")
    try await rig.event("device.added", "v0")
  }

  @Test func `a message without sense is refused, and the source goes on`() async throws {
    let rig = try await UdevRig()
    let sent = try await rig.namespace.run(
      "python3", "-c",
      Self.forger + """
        send([(b'ACTION', b'add')])
        send([(b'DEVPATH', b'relative'), (b'ACTION', b'add'), (b'SUBSYSTEM', b'net'), (b'SEQNUM', b'8')])
        s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 15)
        s.bind((0, 0))
        for rubbish in (b'x', b'libudev\\0' + bytes(3), bytes(40), b'libudev\\0' + b'\\xff' * 9000): s.sendto(rubbish, (0, 2))
        """)
    #expect(sent.isSuccess, "\(sent)")
    try await rig.event("source.rejected")
    try await rig.namespace.ip("link add v0 type veth peer name v1")
    try await rig.event("device.added", "v0")
    #expect(try await rig.source()?["State"]?.string == "up")
  }
}
