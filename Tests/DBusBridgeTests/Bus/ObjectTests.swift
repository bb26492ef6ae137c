// SPDX-License-Identifier: Apache-2.0
// Objects as the tools of others see them: introspection, properties, managed objects.

import BusTestSupport
import DBusTypes
import Foundation
import TestSupport
import Testing

@testable import DBusBridge

@Suite(
  .needs(
    .root, .mountNamespaces, .program("dbus-daemon"), .program("dbus-broker-launch"), .program("busctl"),
    .program("gdbus")))
struct ObjectTests {
  @Test(arguments: TestBus.Kind.allCases)
  func `busctl and gdbus understand what an object says of itself`(_ kind: TestBus.Kind) async throws {
    let bus = try await TestBus(kind)
    let service = try await serve(bus)
    let busctl = try await runTool(
      "busctl", "--address=\(bus.address)", "introspect", "org.example.Echo1", "/org/example/Echo1")
    let table = busctl.lines.map { $0.split(separator: " ").joined(separator: " ") }
    for line in [
      "org.example.Echo1.Main interface - - -", ".Add method uu u -", ".Told signal s - -",
      ".Name property s \"echo\" const", ".Volume property u 3 emits-change writable",
      "org.freedesktop.DBus.Properties interface - - -", ".Get method ss v -", ".PropertiesChanged signal sa{sv}as - -",
      "org.freedesktop.DBus.Introspectable interface - - -", "org.freedesktop.DBus.Peer interface - - -",
    ] { #expect(table.contains(line), "\(line) in \(busctl)") }

    let gdbus = try await runTool(
      "gdbus", "introspect", "--address", bus.address, "--dest", "org.example.Echo1", "--object-path", "/", "--recurse")
    #expect(gdbus.isSuccess)
    for text in ["Add(in  u a,", "out u sum);", "readwrite u Volume = 3;", "readonly s Name = 'echo';"] {
      #expect(gdbus.output.contains(text), "\(text) in \(gdbus)")
    }
    let tree = try await runTool("busctl", "--address=\(bus.address)", "--list", "tree", "org.example.Echo1")
    #expect(tree.lines == ["/", "/org", "/org/example", "/org/example/Echo1"], "\(tree)")
    withExtendedLifetime(service) {}
  }

  @Test func `peer calls are answered for any path`() async throws {
    let bus = try await TestBus()
    let service = try await serve(bus)
    for path in ["/org/example/Echo1", "/nowhere"] {
      let ping = try await bus.call("org.example.Echo1", path, "org.freedesktop.DBus.Peer", "Ping")
      #expect(ping.isSuccess, "\(ping)")
    }
    withExtendedLifetime(service) {}
  }

  @Test func `properties are read and written by strangers, one by one and all at once`() async throws {
    let bus = try await TestBus()
    let volume = Cell(3)
    let service = try await serve(bus, volume: volume)
    let address = "--address=\(bus.address)"
    let place = ["org.example.Echo1", "/org/example/Echo1", "org.example.Echo1.Main"]
    let get = try await runTool("busctl", arguments: [address, "get-property"] + place + ["Name", "Volume"])
    #expect(get.lines == ["s \"echo\"", "u 3"], "\(get)")
    let set = try await runTool("busctl", arguments: [address, "set-property"] + place + ["Volume", "u", "11"])
    #expect(set.isSuccess, "\(set)")
    #expect(volume.value == 11)
    let expected = "a{sv} 2 \"Name\" s \"echo\" \"Volume\" u 11\n"
    for interface in ["org.example.Echo1.Main", ""] {
      let all = try await bus.call(
        place[0], place[1], "org.freedesktop.DBus.Properties", "GetAll", "s", interface)
      #expect(all.output == expected, "\(all)")
    }
    let standard = try await bus.call(
      place[0], place[1], "org.freedesktop.DBus.Properties", "GetAll", "s", "org.freedesktop.DBus.Peer")
    #expect(standard.output == "a{sv} 0\n", "\(standard)")
    withExtendedLifetime(service) {}
  }

  @Test func `a property of a wrong type does not cost clients the others, and one may be a descriptor`() async throws {
    let bus = try await TestBus()
    let service = try await Peer.connected(bus)
    try await service.own("org.example.Echo1")
    let pipe = Pipe()
    let end = BusDescriptor(adopting: dup(pipe.fileHandleForReading.fileDescriptor))
    for (path, isTrue) in [("/org/example/True", true), ("/org/example/False", false)] as [(ObjectPath, Bool)] {
      await service.bus.export(
        BusObject(
          path: path,
          interfaces: [
            BusInterface(
              name: "org.example.Types",
              properties: [
                BusProperty(name: "Before", signature: "s") { _ in .string("b") },
                BusProperty(name: "Number", signature: "u") { _ in isTrue ? .uint32(1) : .string("one") },
                BusProperty(name: "End", signature: "h") { _ in .unixDescriptor(end) },
              ])
          ]))
    }
    let client = try await Peer.connected(bus)
    func all(_ path: ObjectPath) async throws -> BusDictionary? {
      try await client.bus.call(.call("org.example.Echo1", path, .properties, "GetAll", [.string("org.example.Types")]))
        .body.first?.dictionary
    }
    let right = try #require(try await all("/org/example/True"))
    #expect(right.entries.map(\.key.string) == ["Before", "Number", "End"])
    #expect(right["Number"] == .uint32(1))
    #expect(right["End"]?.unixDescriptor != nil)
    let wrong = try #require(try await all("/org/example/False"))
    #expect(wrong.entries.map(\.key.string) == ["Before", "End"])
    #expect(wrong["Before"] == .string("b"))
    withExtendedLifetime(pipe) {}
  }

  @Test func `an object that gives all its values at once is asked once for them`() async throws {
    let bus = try await TestBus()
    let service = try await Peer.connected(bus)
    try await service.own("org.example.Echo1")
    let asked = Recorder<ObjectPath>()
    let names: [MemberName] = ["First", "Second", "Third"]
    let interface = BusInterface(
      name: "org.example.Rows", properties: names.map { BusProperty(name: $0, signature: "s") { .objectPath($0) } },
      readAll: { path in
        asked.append(path)
        return path == "/org/example/Short" ? [.string("1")] : names.map { .string("\($0) of \(path)") }
      })
    for path in ["/org/example/Long", "/org/example/Short"] as [ObjectPath] {
      await service.bus.export(BusObject(path: path, interfaces: [interface]))
    }
    let client = try await Peer.connected(bus)
    func all(_ path: ObjectPath) async throws -> BusValue? {
      try await client.bus.call(.call("org.example.Echo1", path, .properties, "GetAll", [.string("org.example.Rows")]))
        .body.first
    }
    let values = names.map { ($0.rawValue, BusValue.string("\($0) of /org/example/Long")) }
    #expect(try await all("/org/example/Long") == .variants(values))
    #expect(asked.count == 1)
    // Too few is an error of the program; what there is arrives.
    #expect(try await all("/org/example/Short") == .variants([("First", .string("1"))]))
    #expect(asked.all == ["/org/example/Long", "/org/example/Short"])
  }

  @Test(arguments: TestBus.Kind.allCases)
  func `changes of one turn are told once, and what has not changed is not told`(_ kind: TestBus.Kind) async throws {
    let bus = try await TestBus(kind)
    let volume = Cell(1)
    let service = try await serve(bus, volume: volume)
    let listener = try await Peer.connected(bus)
    let heard = Recorder<[BusValue]>()
    await listener.bus.addMatch(MatchRule(interface: .properties, member: "PropertiesChanged")) {
      heard.append($0.body)
    }
    try await listener.bus.roundTrip()
    let main = EchoService.interface
    func change(_ values: UInt32...) async throws {
      await service.bus.inOneStep { connection in
        for value in values {
          volume.set(value)
          connection.propertiesChanged(EchoService.path, main, ["Volume", "Name", "Unheard"])
        }
      }
      try await service.bus.roundTrip()
    }
    try await change(2, 3, 4)
    try await change(4)
    try await change(9, 4)
    try await change(5)
    // Somebody reads 6 in passing; the way back to 5 is news then.
    volume.set(6)
    _ = try await listener.bus.call(
      .call(EchoService.name, EchoService.path, .properties, "Get", [.string(main.rawValue), .string("Volume")]))
    try await change(5)
    try await listener.bus.roundTrip()
    let values = heard.all.map { $0[1].dictionary?["Volume"]?.uint32 }
    #expect(values == [4, 5, 5])
    #expect(heard.all.first == [.string(main.rawValue), .variants([("Volume", .uint32(4))]), .strings([])])
  }

  @Test func `values that are told come right behind what was sent before, as far as they are new`() async throws {
    let bus = try await TestBus()
    let volume = Cell(1)
    let service = try await serve(bus, volume: volume)
    let listener = try await Peer.connected(bus)
    let heard = Recorder<BusMessage>()
    await listener.bus.addMatch(MatchRule(path: EchoService.path)) { heard.append($0) }
    try await listener.bus.roundTrip()
    await service.bus.inOneStep { connection in
      connection.send(.signal(EchoService.path, EchoService.interface, "Said", []))
      connection.tell(EchoService.path, EchoService.interface, [(1, .uint32(2))])
      connection.tell(
        EchoService.path, EchoService.interface,
        [(1, .uint32(2)), (1, .string("two")), (0, .string("x")), (99, .uint32(2))])
      connection.send(.signal(EchoService.path, EchoService.interface, "Done", []))
    }
    try await service.bus.roundTrip()
    try await listener.bus.roundTrip()
    #expect(heard.all.map(\.member) == ["Said", "PropertiesChanged", "Done"])
    #expect(heard.all[1].body[1].dictionary?["Volume"]?.uint32 == 2)
  }

  @Test func `a property that only invalidates is named, and its value is not`() async throws {
    let bus = try await TestBus()
    let service = try await Peer.connected(bus)
    let reads = Recorder<ObjectPath>()
    let interface = BusInterface(
      name: "org.example.Large",
      properties: [
        BusProperty(name: "Text", signature: "s", emits: .invalidates) { path in
          reads.append(path)
          return .string("large")
        },
        BusProperty(name: "Quiet", signature: "s", emits: .false) { _ in .string("") },
      ])
    await service.bus.export(BusObject(path: "/large", interfaces: [interface]))
    let listener = try await Peer.connected(bus)
    let heard = Recorder<[BusValue]>()
    await listener.bus.addMatch(MatchRule(interface: .properties)) { heard.append($0.body) }
    try await listener.bus.roundTrip()
    await service.bus.propertiesChanged("/large", "org.example.Large", ["Quiet"])
    await service.bus.propertiesChanged("/large", "org.example.Large", ["Text", "Quiet"])
    let body = try await heard.first { _ in true }
    #expect(body == [.string("org.example.Large"), .variants([]), .strings(["Text"])])
    #expect(reads.count == 0)
    #expect(heard.count == 1)
  }

  @Test(arguments: TestBus.Kind.allCases)
  func `a manager lists what is below it, and tells what comes and goes`(_ kind: TestBus.Kind) async throws {
    let bus = try await TestBus(kind)
    let service = try await serve(bus)
    await service.bus.export(BusObject(path: "/org/example/Echo1", interfaces: [], isObjectManager: true))
    let listener = try await Peer.connected(bus)
    let heard = Recorder<BusMessage>()
    await listener.bus.addMatch(MatchRule(interface: .objectManager)) { heard.append($0) }
    try await listener.bus.roundTrip()
    let shared = [
      BusInterface(
        name: "org.example.Thing",
        properties: [BusProperty(name: "Place", signature: "o") { .objectPath($0) }])
    ]
    await service.bus.export(BusObject(path: "/org/example/Echo1/a", interfaces: shared))
    await service.bus.export(BusObject(path: "/org/example/Echo1/b/c", interfaces: shared))
    let place = BusValue.dictionary(
      key: "s", value: "a{sv}",
      [(.string("org.example.Thing"), .variants([("Place", .objectPath("/org/example/Echo1/a"))]))])
    let added = try await heard.atLeast(2)[0]
    #expect(added.path == "/org/example/Echo1")
    #expect(added.body == [.objectPath("/org/example/Echo1/a"), place])

    let managed = try await bus.call(
      "org.example.Echo1", "/org/example/Echo1", "org.freedesktop.DBus.ObjectManager", "GetManagedObjects")
    #expect(
      managed.output
        == "a{oa{sa{sv}}} 2 \"/org/example/Echo1/a\" 1 \"org.example.Thing\" 1 \"Place\" o \"/org/example/Echo1/a\" "
        + "\"/org/example/Echo1/b/c\" 1 \"org.example.Thing\" 1 \"Place\" o \"/org/example/Echo1/b/c\"\n", "\(managed)")
    await service.bus.unexport("/org/example/Echo1/a")
    let removed = try await heard.first { $0.member == "InterfacesRemoved" }
    #expect(removed.body == [.objectPath("/org/example/Echo1/a"), .strings(["org.example.Thing"])])
    #expect(await service.bus.exportedPaths() == ["/org/example/Echo1", "/org/example/Echo1/b/c"])
    let gone = try await bus.call(
      "org.example.Echo1", "/org/example/Echo1/a", "org.freedesktop.DBus.Properties", "GetAll", "s", "")
    #expect(gone.errors.contains("no object at /org/example/Echo1/a"), "\(gone)")
  }

  @Test func `a call may be answered from any thread, once, and after a loss of the bus by nobody`() async throws {
    let bus = try await TestBus()
    let kept = Recorder<BusCall>()
    let service = try await serve(bus, kept: kept)
    let client = try await Peer.connected(bus)
    let answers = Recorder<Result<BusMessage, BusError>>()
    for _ in 0..<2 { await client.bus.call(EchoService.call("KeepBytes")) { answers.append($0) } }
    let calls = try await kept.atLeast(2)
    await withTaskGroup { group in
      for number in 0..<8 as Range<UInt8> { group.addTask { calls[0].reply(.bytes([number])) } }
    }
    #expect(try await answers.atLeast(1)[0].failure == nil)
    let states = service.states.count
    try await bus.restart()
    try await service.connected(from: states)
    let sent = await service.bus.statistics.sent
    calls[1].reply(.bytes([]))
    try await service.bus.roundTrip()
    #expect(await service.bus.statistics.sent == sent + 1)
    #expect(await service.bus.callsInProgress == 0)
    #expect(try await answers.atLeast(2).count == 2)
  }

  private func serve(
    _ bus: TestBus, kept: Recorder<BusCall> = .init(), volume: Cell = Cell(3)
  ) async throws -> Peer {
    let service = try await Peer.connected(bus)
    await service.bus.export(EchoService.object(kept: kept, volume: volume))
    try await service.own(EchoService.name)
    return service
  }
}
