// SPDX-License-Identifier: Apache-2.0
// Whatever clients, services and guests send or say, the process stays, the connection stays, and the error is clear.

import BusTestSupport
import DBusTypes
import TestSupport
import Testing

@testable import DBusBridge

@Suite(.needs(.root, .mountNamespaces, .program("dbus-daemon"), .program("dbus-broker-launch"), .program("busctl")))
struct HostileInputTests {
  @Test(arguments: TestBus.Kind.allCases)
  func `each wrong call gets the error that says what is wrong`(_ kind: TestBus.Kind) async throws {
    let bus = try await TestBus(kind)
    let (service, client) = try await pair(bus)
    let path = EchoService.path
    let main = EchoService.interface
    let expected: [(ObjectPath, InterfaceName?, MemberName, [BusValue], ErrorName, String)] = [
      ("/nowhere", main, "Add", [], .unknownObject, "there is no object at /nowhere"),
      ("/org", main, "Add", [], .unknownObject, "there is no object at /org, only below it"),
      (path, "org.example.None", "Add", [], .unknownInterface, "has no interface org.example.None"),
      (path, main, "Nothing", [], .unknownMethod, "has no method Nothing"),
      (path, nil, "Nothing", [], .unknownMethod, "has no method Nothing"),
      (path, main, "Add", [], .invalidArguments, "takes arguments of the types “uu”, not “”"),
      (path, main, "Add", [.string("1"), .string("2")], .invalidArguments, "“uu”, not “ss”"),
      (path, main, "Add", [.uint32(1), .uint32(2), .uint32(3)], .invalidArguments, "“uu”, not “uuu”"),
      (path, main, "Add", [.structure([.uint32(1), .uint32(2)])], .invalidArguments, "“uu”, not “(uu)”"),
      (path, nil, "Add", [.bytes(Array(repeating: 0, count: 100_000))], .invalidArguments, "“uu”, not “ay”"),
      (path, .properties, "Get", [.string(main.rawValue)], .invalidArguments, "“ss”, not “s”"),
      (path, .properties, "Get", [.string(main.rawValue), .string("No")], .unknownProperty, "no property No"),
      (path, .properties, "Get", [.string("a.b"), .string("No")], .unknownInterface, "no interface a.b"),
      (path, .properties, "GetAll", [.string("'; DROP")], .unknownInterface, "no interface '; DROP"),
      (path, .properties, "Nothing", [], .unknownMethod, "has no method Nothing"),
      (path, .objectManager, "GetManagedObjects", [], .unknownInterface, "has no interface"),
      (path, .introspectable, "Introspect", [.string("")], .invalidArguments, "“”, not “s”"),
      (
        path, .properties, "Set", [.string(main.rawValue), .string("Name"), .variant(.string("x"))], .propertyReadOnly,
        "the property Name cannot be written"
      ),
      (
        path, .properties, "Set", [.string(main.rawValue), .string("Volume"), .variant(.string("x"))],
        .invalidArguments, "Volume has the type “u”, not “s”"
      ),
      (path, main, "Lie", [], .failed, "the service made an answer of the wrong types"),
      (path, main, "Forget", [], .failed, "let go of without an answer"),
      (path, .peer, "Nothing", [], .unknownMethod, ""),
    ]
    for (path, interface, member, body, name, text) in expected {
      let call = BusMessage.call(EchoService.name, path, interface, member, body)
      let error = await #expect(throws: BusError.self) { try await client.bus.call(call) }
      #expect(error?.name == name, "\(path) \(member): \(error?.description ?? "")")
      #expect(error?.text.contains(text) == true, "\(error?.description ?? "")")
    }
    // None of it did harm, and an interface may be left out.
    let sum = try await client.bus.call(.call(EchoService.name, path, nil, "Add", [.uint32(1), .uint32(2)]))
    #expect(sum.body == [.uint32(3)])
    #expect(await service.bus.callsInProgress == 0)
    #expect(await service.bus.statistics.connections == 1)
  }

  @Test func `strangers with other tools get the same errors`() async throws {
    let bus = try await TestBus()
    let (service, _) = try await pair(bus)
    let wrong = try await bus.call(
      "org.example.Echo1", "/org/example/Echo1", "org.example.Echo1.Main", "Add", "s", "x")
    #expect(!wrong.isSuccess && wrong.errors.contains("takes arguments of the types “uu”, not “s”"), "\(wrong)")
    let send = try await runTool(
      "dbus-send", "--bus=\(bus.address)", "--print-reply", "--dest=org.example.Echo1", "/org/example/Echo1",
      "org.example.Echo1.Main.Add", "string:x")
    #expect(send.errors.contains("Error org.freedesktop.DBus.Error.InvalidArgs: "), "\(send)")
    withExtendedLifetime(service) {}
  }

  @Test func `text that no message can carry is refused before libdbus sees it, and harms nothing else`() async throws {
    let bus = try await TestBus()
    let peer = try await Peer.connected(bus)
    let bad: [[BusValue]] = [
      [.string("a\0b")], [.variants([("k\0", .byte(1))])], [.array("s", [.byte(1)])], [.structure([])],
      [.variant(.array("q", [.string("")]))], Array(repeating: .byte(1), count: 256),
    ]
    for body in bad {
      let outcome = await peer.bus.send(.signal("/a", "a.b", "C", body))
      guard case .rejected(let error) = outcome else {
        Issue.record("\(body) was \(outcome)")
        continue
      }
      #expect(error.name == .invalidArguments && error.isLocal)
      await #expect(throws: BusError.self) { try await peer.bus.call(.call(.bus, "/", .bus, "GetId", body)) }
    }
    // Every text that Swift has, and the bus allows.
    let strange = "\u{1}\u{7F}\u{FFFE}\u{FFFF}\u{10FFFF}\u{202E}é漢😀\r\n'\"\\"
    #expect(await peer.bus.send(.signal("/a", "a.b", "C", [.string(strange), .text("a\0b")])) == .queued)
    try await peer.bus.roundTrip()
    #expect(await peer.bus.statistics.connections == 1)
  }

  @Test(arguments: TestBus.Kind.allCases)
  func `a message past the limits is refused with the name of the limit, and the next is served`(_ kind: TestBus.Kind)
    async throws
  {
    let bus = try await TestBus(kind)
    var options = BusOptions.quick
    options.limits.incoming.messageBytes = 64 << 10
    options.limits.incoming.values = 1000
    options.limits.incoming.descriptors = 2
    options.limits.outgoing.messageBytes = 128 << 10
    let (service, client) = try await pair(bus, options: options)
    let many = BusValue.array("u", Array(repeating: .uint32(1), count: 2000))
    let handles = BusValue.array("h", (0..<3).map { _ in .unixDescriptor(BusDescriptor(adopting: openNull())) })
    let refused: [(BusValue, String)] = [
      (.bytes(Array(repeating: 0, count: 100_000)), "messageBytes = 65536"), (many, "values = 1000"),
      (handles, "descriptors = 2"),
    ]
    for (value, limit) in refused {
      let error = await #expect(throws: BusError.self) {
        try await client.bus.call(EchoService.call("Echo", .variant(value)))
      }
      #expect(error?.name == .limitsExceeded)
      #expect(error?.text.contains(limit) == true, "\(error?.description ?? "")")
    }
    #expect(await service.bus.statistics.refused == 3)
    // Our own messages have a limit, too: an answer that is too large becomes an error, a signal is rejected.
    let large = BusMessage.signal("/a", "a.b", "C", [.bytes(Array(repeating: 0, count: 200_000))])
    #expect(
      await service.bus.send(large)
        == .rejected(BusError(.limitsExceeded, "past the limit messageBytes = 131072", isLocal: true)))
    let sum = try await client.bus.call(EchoService.call("Add", .uint32(1), .uint32(2)))
    #expect(sum.body == [.uint32(3)])
    #expect(await service.bus.statistics.connections == 1)
  }

  @Test func `an answer that is too large becomes an error that says so`() async throws {
    let bus = try await TestBus()
    let kept = Recorder<BusCall>()
    var options = BusOptions.quick
    options.limits.outgoing.messageBytes = 64 << 10
    let (service, client) = try await pair(bus, kept, options: options)
    let answers = Recorder<Result<BusMessage, BusError>>()
    await client.bus.call(EchoService.call("KeepBytes")) { answers.append($0) }
    try await kept.first { _ in true }.reply(.bytes(Array(repeating: 0, count: 100_000)))
    let error = try await answers.atLeast(1)[0].failure
    #expect(error == BusError(.limitsExceeded, "the answer cannot be sent: past the limit messageBytes = 65536"))
    withExtendedLifetime(service) {}
  }

  @Test func `a client that keeps too many calls waiting is refused, and the others are not`() async throws {
    let bus = try await TestBus()
    let kept = Recorder<BusCall>()
    var options = BusOptions.quick
    options.limits.callsPerClient = 4
    let (service, client) = try await pair(bus, kept, options: options)
    let other = try await Peer.connected(bus)
    let answers = Recorder<Result<BusMessage, BusError>>()
    for _ in 0..<6 { await client.bus.call(EchoService.call("Keep")) { answers.append($0) } }
    for answer in try await answers.atLeast(2) {
      #expect(answer.failure == BusError(.limitsExceeded, "past the limit callsPerClient = 4"))
    }
    #expect(await service.bus.callsInProgress == 4)
    async let otherAnswer = other.bus.call(EchoService.call("Keep"))
    for call in try await kept.atLeast(5) { call.reply() }
    _ = try await otherAnswer
    #expect(try await answers.atLeast(6).count { $0.failure == nil } == 4)
    #expect(await service.bus.callsInProgress == 0)
    #expect(await service.bus.statistics.callsRefused == 2)
  }

  @Test func `a call that wants no answer gets none, not even an error`() async throws {
    let bus = try await TestBus()
    let (service, client) = try await pair(bus)
    let before = await service.bus.statistics.sent
    for message in [EchoService.call("Add", .uint32(1), .uint32(1)), EchoService.call("Nothing")] {
      var message = message
      message.flags = .noReplyExpected
      #expect(await client.bus.send(message) == .queued)
    }
    _ = try await client.bus.call(EchoService.call("Add", .uint32(1), .uint32(1)))
    #expect(await service.bus.statistics.sent == before + 1)
  }

  @Test func `a failed check in libdbus does not end the process`() async {
    await #expect(processExitsWith: .success) {
      forgetEnvironment("DBUS_FATAL_WARNINGS")
      _ = try await Peer("unix:path=/nonexistent")
      precondition(environment("DBUS_FATAL_WARNINGS") == "0")
      // The second line behind our own: bad input straight into libdbus fails, and nothing more.
      precondition(!appendBadTextBehindTheBridge())
    }
    // And this is what it would be without: the process ends.
    await #expect(processExitsWith: .signal(6)) {
      forgetEnvironment("DBUS_FATAL_WARNINGS")
      _ = appendBadTextBehindTheBridge()
    }
  }

  private func pair(
    _ bus: TestBus, _ kept: Recorder<BusCall> = .init(), options: BusOptions = .quick
  ) async throws -> (service: Peer, client: Peer) {
    let service = try await Peer.connected(bus, options: options)
    await service.bus.export(EchoService.object(kept: kept))
    try await service.own(EchoService.name)
    return (service, try await Peer.connected(bus))
  }
}
