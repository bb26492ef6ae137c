// SPDX-License-Identifier: Apache-2.0
// The client without a library: heard by both brokers, and able to do what libraries refuse.

import TestSupport
import Testing

@Suite(.needs(.root, .mountNamespaces, .program("dbus-daemon"), .program("dbus-broker-launch")))
struct RawBusClientTests {
  @Test(arguments: TestBus.Kind.allCases)
  func `a client hears another's signals and calls its methods`(_ kind: TestBus.Kind) async throws {
    let bus = try await TestBus(kind)
    let owner = try await RawBusClient(socketPath: bus.socketPath)
    let client = try await RawBusClient(socketPath: bus.socketPath)
    #expect(owner.uniqueName.hasPrefix(":1.") && owner.uniqueName != client.uniqueName)
    #expect(try await owner.requestName("org.example.Owner").arguments == ["1"])
    #expect(try await client.requestName("org.example.Owner").arguments == ["2"])
    #expect(try await client.addMatch("type='signal',interface='org.example.Owner'").kind == .reply)
    owner.answerCalls()
    let reply = try await client.call(
      "org.example.Owner", path: "/", interface: nil, member: "Anything", [.string("text"), .uint64(7)])
    #expect(reply.kind == .reply)
    owner.send(
      WireMessage(
        .signal, path: "/a", interface: "org.example.Owner", member: "Happened",
        body: [.string("first"), .path("/b"), .uint32(3), .array("{sv}", [.entry(.string("k"), .variant(.uint64(1)))])])
    )
    let signal = try await client.messages.first("the signal") { $0.member == "Happened" }
    #expect(signal.arguments == ["first", "/b", "3"])
    #expect(signal.sender == owner.uniqueName)
  }

  @Test(arguments: TestBus.Kind.allCases)
  func `a client that sends a broken message is thrown off the bus`(_ kind: TestBus.Kind) async throws {
    let bus = try await TestBus(kind)
    let client = try await RawBusClient(socketPath: bus.socketPath)
    client.send(bytes: [UInt8](repeating: 0xFF, count: 64))
    try await client.messages.end("the bus to hang up")
    #expect(client.messages.isFinished)
  }

  @Test(arguments: TestBus.Kind.allCases)
  func `a client that stops reading is told nothing until it reads again`(_ kind: TestBus.Kind) async throws {
    let bus = try await TestBus(kind)
    let owner = try await RawBusClient(socketPath: bus.socketPath)
    let client = try await RawBusClient(socketPath: bus.socketPath)
    _ = try await client.addMatch("type='signal',interface='org.example.Owner'")
    client.setReading(false)
    let before = client.messages.count
    for number in 0..<100 {
      owner.send(
        WireMessage(
          .signal, path: "/a", interface: "org.example.Owner", member: "Happened", body: [.uint32(UInt32(number))]))
    }
    // The bus has taken all of them when it answers the sender's next call.
    _ = try await owner.requestName("org.example.Done")
    #expect(client.messages.count == before)
    client.setReading(true)
    try await client.messages.first("the last signal") { $0.arguments == ["99"] }
    #expect(client.messages.count == before + 100)
  }
}
