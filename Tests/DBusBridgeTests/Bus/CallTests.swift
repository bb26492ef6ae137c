// SPDX-License-Identifier: Apache-2.0
// Calls of ours: an answer exactly once, whatever happens to it, and never before the call has returned.

import BusTestSupport
import DBusTypes
import Synchronization
import TestSupport
import Testing

@testable import DBusBridge

private typealias Answer = Result<BusMessage, BusError>

@Suite(.needs(.root, .mountNamespaces, .program("dbus-daemon"), .program("dbus-broker-launch")))
struct CallTests {
  @Test(arguments: TestBus.Kind.allCases)
  func `an answer that does not come in time becomes an error, and is not missed when it comes late`(
    _ kind: TestBus.Kind
  ) async throws {
    let kept = Recorder<BusCall>()
    let bus = try await TestBus(kind)
    let (service, client) = try await pair(bus, kept)
    let answers = Recorder<Answer>()
    await client.bus.call(EchoService.call("Keep"), timeout: .milliseconds(30)) { answers.append($0) }
    let answer = try await answers.first { _ in true }
    #expect(throws: BusError.self) { try answer.get() }
    guard case .failure(let error) = answer else { return }
    #expect(error.name == .noReply)
    #expect(error.isLocal)
    // The late answer finds nobody, and does not disturb the next call.
    try await kept.first { _ in true }.reply()
    let sum = try await client.bus.call(EchoService.call("Add", .uint32(1), .uint32(1)))
    #expect(sum.body == [.uint32(2)])
    #expect(answers.count == 1)
    #expect(await client.bus.timeoutCount == 0)
    withExtendedLifetime((bus, service)) {}
  }

  @Test func `the time of a call in progress costs a timer, and none is left when it has its answer`() async throws {
    let kept = Recorder<BusCall>()
    let bus = try await TestBus()
    let (service, client) = try await pair(bus, kept)
    async let answer = client.bus.call(EchoService.call("Keep"), timeout: .seconds(60))
    let call = try await kept.first { _ in true }
    #expect(await client.bus.timeoutCount == 1)
    call.reply()
    _ = try await answer
    #expect(await client.bus.timeoutCount == 0)
    async let patient = client.bus.call(EchoService.call("Keep"), timeout: nil)
    try await kept.atLeast(2)[1].reply()
    _ = try await patient
    withExtendedLifetime((bus, service)) {}
  }

  @Test func `the answer never comes before the call has returned, even if it is known at once`() async throws {
    let client = try await Peer("unix:path=/nonexistent/bus")
    let order = Recorder<String>()
    await client.bus.inOneStep { bus in
      bus.call(.call(.bus, "/", nil, "Anything")) { _ in order.append("answer") }
      bus.call(.signal("/", "a.b", "NoCall")) { _ in order.append("answer") }
      order.append("returned")
    }
    #expect(try await order.atLeast(3) == ["returned", "answer", "answer"])
  }

  @Test func `an answer that is there before anybody follows the call is still handed out, once, and later`()
    async throws
  {
    let bus = try await TestBus()
    let client = try await Peer.connected(bus)
    let answers = Recorder<Answer>()
    let found = try await client.bus.callBehindItsBack { answers.append($0) }
    #expect(found == "completed before it was followed; handed out 0 times while following")
    #expect(try await answers.atLeast(1).count == 1)
    try await client.bus.roundTrip()
    #expect(answers.count == 1)
  }

  @Test func `a call on a lost connection fails, though libdbus takes it`() async throws {
    let bus = try await TestBus()
    let client = try await Peer.connected(bus)
    // The socket is shut down under the connection, and the loop has not seen it when the call is made.
    let answers = Recorder<Answer>()
    await client.bus.inOneStep { connection in
      for number in Set(connection.watchDescriptors) { shutDown(number) }
      connection.call(.call(.bus, "/org/freedesktop/DBus", .bus, "GetId")) { answers.append($0) }
      connection.call(.call(.bus, "/org/freedesktop/DBus", .bus, "GetId")) { answers.append($0) }
    }
    for answer in try await answers.atLeast(2) {
      guard case .failure(let error) = answer else { throw TestFailure("an answer from nowhere") }
      #expect(error.name == .disconnected || error.name == .noReply)
      #expect(error.isLocal)
    }
    #expect(answers.count == 2)
  }

  @Test func `calls past the limit fail at once, and the others go on`() async throws {
    var options = BusOptions.quick
    options.limits.pendingCalls = 3
    let kept = Recorder<BusCall>()
    let bus = try await TestBus()
    let service = try await Peer.connected(bus)
    await service.bus.export(EchoService.object(kept: kept))
    try await service.own(EchoService.name)
    let client = try await Peer.connected(bus, options: options)
    let answers = Recorder<Answer>()
    for _ in 0..<5 { await client.bus.call(EchoService.call("Keep")) { answers.append($0) } }
    for answer in try await answers.atLeast(2) {
      #expect(answer.failure?.text == "past the limit pendingCalls = 3")
      #expect(answer.failure?.name == .limitsExceeded)
    }
    for call in try await kept.atLeast(3) { call.reply() }
    #expect(try await answers.atLeast(5).count { $0.failure == nil } == 3)
  }

  @Test func `an error from afar keeps its name and text`() async throws {
    let bus = try await TestBus()
    let (service, client) = try await pair(bus, .init())
    let error = await #expect(throws: BusError.self) {
      try await client.bus.call(EchoService.call("Add", .uint32(.max), .uint32(1)))
    }
    #expect(error == BusError("org.example.Echo1.Error.Overflow", "too much"))
    withExtendedLifetime((bus, service)) {}
  }

  private func pair(_ bus: TestBus, _ kept: Recorder<BusCall>) async throws -> (service: Peer, client: Peer) {
    let service = try await Peer.connected(bus)
    await service.bus.export(EchoService.object(kept: kept))
    try await service.own(EchoService.name)
    return (service, try await Peer.connected(bus))
  }
}

extension BusConnection {
  /// Sends a call and dispatches until its answer is there, before anybody has asked to be told of it.
  fileprivate func callBehindItsBack(_ completion: @escaping @Sendable (Answer) -> Void) throws -> String {
    guard let link else { throw TestFailure("not connected") }
    let message = BusMessage.call(.bus, "/org/freedesktop/DBus", .bus, "GetId")
    let handedOut = Atomic(0)
    pending[1_000_000] = {
      handedOut.add(1, ordering: .relaxed)
      completion($0)
    }
    let call = try unsafe link.begin(message, serial: 1_000_000, milliseconds: 10_000)
    let wasCompleted = unsafe waitForCompletion(call)
    _ = unsafe link.follow(call, serial: 1_000_000)
    settle()
    return "\(wasCompleted ? "completed" : "not completed") before it was followed; handed out "
      + "\(handedOut.load(ordering: .relaxed)) times while following"
  }
}
