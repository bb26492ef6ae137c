// SPDX-License-Identifier: Apache-2.0
// Who may do what, asked of both brokers with the policy file in force.

import Foundation
import TestSupport
import Testing

@Suite(
  .needs(
    .root, .mountNamespaces, .program("dbus-daemon"), .program("dbus-broker-launch"), .program("dbus-send"),
    .program("python3")))
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
      let result = try await runTool("python3", "-c", BareClient.script, "call", bus.socketPath, "AddVM", user: user)
      #expect(result.output == "error org.freedesktop.DBus.Error.AccessDenied\n", "\(result.output)\(result.errors)")
    }
    #expect(owner.messages.all.allSatisfy { $0.member != "AddVM" })
  }

  @Test(arguments: TestBus.Kind.allCases)
  func `the group and root hear the broadcasts, an outsider does not`(_ kind: TestBus.Kind) async throws {
    let (bus, owner) = try await makeOwnedBus(kind)
    let listeners = try [TestUser.nobody, .member, nil].map { user in
      try ChildProcess("python3", ["-c", BareClient.script, "listen", bus.socketPath], options: .init(user: user))
    }
    for listener in listeners { try await listener.output.first("readiness") { $0 == "ready" } }
    owner.send(
      WireMessage(
        .signal, path: "/org/vireo/Hub1", interface: "org.vireo.Hub1.Manager", member: "Event",
        body: [.string("vm.state.paused"), .path("/org/vireo/Hub1"), .uint64(1), .uint64(2), .array("{sv}", [])]))
    // What the bus itself says comes to everyone, after the signal.
    _ = try await owner.releaseName(Self.name)
    var heard: [[String]] = []
    for listener in listeners {
      try await listener.output.first("the end") { $0 == "NameOwnerChanged" }
      heard.append(listener.output.all)
    }
    let outsider = ["ready", "NameOwnerChanged"]
    let insider = ["ready", "Event", "NameOwnerChanged"]
    #expect(heard == [outsider, insider, insider])
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
}
