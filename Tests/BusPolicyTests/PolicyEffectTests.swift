// SPDX-License-Identifier: Apache-2.0
// Who may do what, asked of both brokers with the policy file in force.

import Foundation
import TestSupport
import Testing

@Suite(
  .needs(
    .root, .mountNamespaces, .program("dbus-daemon"), .program("dbus-broker-launch"), .program("dbus-send"),
    .program("gdbus")))
struct PolicyEffectTests {
  private static let name = "org.vireo.Hub1"

  /// What changes something, and is root's.
  private static let changes: Set<String> = ["AddVM", "RemoveVM", "SetVFVLAN", "SetVFMAC"]

  /// Every method of ours and of the standard interfaces, and whether the group may call it.
  private static let methods: [(call: String, isForTheGroup: Bool)] =
    InterfaceFile.all.flatMap { file in
      file.members(.method).map { ("\(file.name).\($0.name)", !changes.contains($0.name)) }
    } + [
      ("org.freedesktop.DBus.Introspectable.Introspect", true), ("org.freedesktop.DBus.Peer.Ping", true),
      ("org.freedesktop.DBus.Properties.Get", true), ("org.freedesktop.DBus.Properties.GetAll", true),
      ("org.freedesktop.DBus.ObjectManager.GetManagedObjects", true),
      ("org.freedesktop.DBus.Properties.Set", false), ("org.vireo.Hub1.Manager.AddedByALaterVersion", false),
    ]

  @Test(arguments: TestBus.Kind.allCases)
  func `the broker reads the policy without a complaint`(_ kind: TestBus.Kind) async throws {
    let bus = try await TestBus(kind, BusConfiguration(policy: .product))
    #expect(!bus.log.contains("org.vireo"), "\(bus.log)")
    #expect(!bus.log.lowercased().contains("invalid"), "\(bus.log)")
  }

  @Test(arguments: TestBus.Kind.allCases)
  func `root and the daemon's account may own the name, nobody else`(_ kind: TestBus.Kind) async throws {
    let bus = try await TestBus(kind, BusConfiguration(policy: .product))
    #expect(try await own(bus, nil).output == "u 1\n")
    #expect(try await own(bus, .service).output == "u 1\n")
    #expect(try await !own(bus, .member).isSuccess)
    #expect(try await !own(bus, .nobody).isSuccess)
  }

  @Test(arguments: TestBus.Kind.allCases)
  func `an outsider may call nothing`(_ kind: TestBus.Kind) async throws {
    let (bus, owner) = try await makeOwnedBus(kind)
    #expect(try await allowed(bus, .nobody) == [])
    #expect(owner.messages.all.allSatisfy { $0.kind != .call })
  }

  @Test(arguments: TestBus.Kind.allCases)
  func `the group may call everything that only reads, and root everything`(_ kind: TestBus.Kind) async throws {
    let (bus, owner) = try await makeOwnedBus(kind)
    #expect(try await allowed(bus, .member) == Self.methods.filter(\.isForTheGroup).map(\.call))
    #expect(try await allowed(bus, nil) == Self.methods.map(\.call))
    #expect(owner.messages.all.contains { $0.member == "AddVM" })
  }

  @Test(arguments: TestBus.Kind.allCases)
  func `a call that leaves the interface out opens nothing`(_ kind: TestBus.Kind) async throws {
    let (bus, owner) = try await makeOwnedBus(kind)
    for user in [TestUser.nobody, .member] {
      let result = try await runTool("python3", "-c", Self.callWithoutInterface, bus.socketPath, "AddVM", user: user)
      #expect(result.output == "error org.freedesktop.DBus.Error.AccessDenied\n", "\(result.output)\(result.errors)")
    }
    #expect(owner.messages.all.allSatisfy { $0.member != "AddVM" })
  }

  @Test(arguments: TestBus.Kind.allCases)
  func `the group and root hear the broadcasts, an outsider does not`(_ kind: TestBus.Kind) async throws {
    let (bus, owner) = try await makeOwnedBus(kind)
    let listeners = try [TestUser.nobody, .member, nil].map { user in
      try ChildProcess(
        "gdbus", ["monitor", "--address", bus.address, "--dest", Self.name], options: .init(user: user))
    }
    for listener in listeners {
      try await listener.output.first("the monitor to be ready") { $0.hasPrefix("The name org.vireo.Hub1 is owned") }
    }
    owner.send(
      WireMessage(
        .signal, path: "/org/vireo/Hub1", interface: "org.vireo.Hub1.Manager", member: "Event",
        body: [.string("vm.state.paused"), .path("/org/vireo/Hub1"), .uint64(1), .uint64(2), .array("{sv}", [])]))
    // What the bus itself says comes to everyone, after the signal.
    _ = try await owner.releaseName(Self.name)
    let heard = try await listeners.asyncMap { listener in
      try await listener.output.first("the end") { $0.hasPrefix("The name org.vireo.Hub1 does not have an owner") }
      return listener.output.all.contains { $0.contains("vm.state.paused") }
    }
    #expect(heard == [false, true, true])
  }

  private func makeOwnedBus(_ kind: TestBus.Kind) async throws -> (TestBus, RawBusClient) {
    let bus = try await TestBus(kind, BusConfiguration(policy: .product))
    let owner = try await RawBusClient(socketPath: bus.socketPath)
    let reply = try await owner.requestName(Self.name)
    #expect(reply.arguments == ["1"])
    owner.answerCalls()
    return (bus, owner)
  }

  private func own(_ bus: TestBus, _ user: TestUser?) async throws -> ToolResult {
    try await bus.call(
      "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "RequestName", "su", Self.name, "0",
      user: user)
  }

  /// The methods that a user may call.
  private func allowed(_ bus: TestBus, _ user: TestUser?) async throws -> [String] {
    var allowed: [String] = []
    for (method, _) in Self.methods {
      let result = try await runTool(
        "dbus-send", "--bus=\(bus.address)", "--print-reply", "--dest=\(Self.name)", "/org/vireo/Hub1", method,
        user: user)
      if result.isSuccess { allowed.append(method) } else { #expect(result.errors.contains("Error.AccessDenied")) }
    }
    return allowed
  }

  /// A client of a few lines that sends a call without an interface, which no tool can, and prints the answer.
  private static let callWithoutInterface = """
    import os, socket, struct, sys
    s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); f = s.makefile('rwb')
    f.write(b'\\0AUTH EXTERNAL ' + str(os.getuid()).encode().hex().encode() + b'\\r\\n'); f.flush()
    assert f.readline().startswith(b'OK'); f.write(b'BEGIN\\r\\n'); f.flush()
    def pad(b, n): return b + b'\\0' * (-len(b) % n)
    def field(code, kind, text):
        return bytes([code, 1]) + kind + b'\\0' + struct.pack('<I', len(text)) + text + b'\\0'
    def call(serial, destination, path, member, *more):
        fields = b''
        for item in (field(1, b'o', path), field(3, b's', member), field(6, b's', destination), *more):
            fields = pad(fields, 8) + item
        f.write(pad(b'l\\1\\0\\1' + struct.pack('<III', 0, serial, len(fields)) + fields, 8)); f.flush()
        while True:
            head = f.read(16); body, _, size = struct.unpack('<III', head[4:16])
            rest = f.read(size + -size % 8 + body)
            at = rest.find(b'\\5\\1u\\0')
            if head[1] in (2, 3) and at >= 0 and struct.unpack('<I', rest[at + 4:at + 8])[0] == serial:
                name = rest.find(b'\\4\\1s\\0')
                return 'reply' if head[1] == 2 else 'error ' + rest[name + 8:rest.index(b'\\0', name + 8)].decode()
    bus = b'org.freedesktop.DBus'
    assert call(1, bus, b'/org/freedesktop/DBus', b'Hello', field(2, b's', bus)) == 'reply'
    print(call(2, b'org.vireo.Hub1', b'/org/vireo/Hub1', sys.argv[2].encode()))
    """
}

extension Array where Element: Sendable {
  /// One after the other.
  fileprivate func asyncMap<Result>(_ body: (Element) async throws -> Result) async rethrows -> [Result] {
    var results: [Result] = []
    for element in self { results.append(try await body(element)) }
    return results
  }
}
