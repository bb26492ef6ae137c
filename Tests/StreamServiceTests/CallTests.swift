// SPDX-License-Identifier: Apache-2.0
// Calls and answers over a real socket.

import EventModel
import Foundation
import Hub
import TestSupport
import Testing

@Suite("Varlink: calls", .timeLimit(.minutes(2)))
struct CallTests {
  @Test func `the service tells who it is and what it speaks`() async throws {
    let host = try await ServiceHost()
    let client = try VarlinkClient.reading(host.path)
    let info = try await client.answer("org.varlink.service.GetInfo")
    #expect(info["parameters"]?["version"]?.string == "1.2.3")
    let interfaces = info["parameters"]?["interfaces"]?.array?.compactMap(\.string) ?? []
    #expect(interfaces == ["org.varlink.service", "org.vireo.Hub1"])
    for name in interfaces {
      let reply = try await client.answer(
        "org.varlink.service.GetInterfaceDescription", #"{"interface":"\#(name)"}"#)
      let file = try Repository.text(of: "Sources/StreamService/Resources/\(name).varlink")
      #expect(reply["parameters"]?["description"]?.string == file)
    }
  }

  @Test func `lists tell objects with their properties`() async throws {
    let host = try await ServiceHost(machines: 3)
    let client = try VarlinkClient.reading(host.path)
    let vms = try await client.answer("ListVMs")["parameters"]?["vms"]?.array ?? []
    #expect(vms.compactMap { $0["name"]?.string } == ["vm0", "vm1", "vm2"])
    #expect(vms[0]["path"]?.string == "/org/vireo/Hub1/vm/vm0")
    #expect(vms[0]["properties"]?["State"]?.string == "running")
    let sources = try await client.answer("ListSources")["parameters"]?["sources"]?.array ?? []
    #expect(sources.compactMap { $0["name"]?.string } == ["varlink"])
    #expect(sources[0]["state"]?.string == "up")
    #expect(try await client.answer("ListLinks")["parameters"]?["links"]?.array?.isEmpty == true)
    let devices = try await client.answer("ListDevices", #"{"subsystem":"net"}"#)
    #expect(devices["parameters"]?["devices"]?.array?.isEmpty == true)
  }

  @Test(arguments: [
    ("NoSuch", "{}", "", "org.varlink.service.MethodNotFound"),
    ("org.example.Other.Call", "{}", "", "org.varlink.service.InterfaceNotFound"),
    ("nonsense.", "{}", "", "org.varlink.service.InterfaceNotFound"),
    ("ListVMs", #"{"colour":1}"#, "", "org.varlink.service.InvalidParameter"),
    ("ListDevices", #"{"subsystem":1}"#, "", "org.varlink.service.InvalidParameter"),
    ("GetEvents", #"{"after":-1}"#, "", "org.varlink.service.InvalidParameter"),
    ("GetEvents", #"{"subjects":["/nowhere"]}"#, "", "org.varlink.service.InvalidParameter"),
    ("GetEvents", #"{"instance":"x"}"#, "", "org.varlink.service.InvalidParameter"),
    ("GetEvents", #"{"kinds":["no.such"]}"#, "", "org.vireo.Hub1.UnknownKind"),
    ("GetEvents", #"{"after":18446744073709551615}"#, "", "org.vireo.Hub1.CursorForeign"),
    ("GetEvents", #"{"instance":"0123456789abcdef0123456789abcdef"}"#, "", "org.vireo.Hub1.CursorForeign"),
    ("GetEvents", #"{"after":1}"#, "", "org.vireo.Hub1.CursorExpired"),
    ("Monitor", "{}", "", "org.varlink.service.ExpectedMore"),
    ("Monitor", #"{"after":1}"#, #","more":true"#, "org.vireo.Hub1.CursorExpired"),
    ("Monitor", #"{"kinds":["no.such"]}"#, #","more":true"#, "org.vireo.Hub1.UnknownKind"),
    ("ListVMs", "{}", #","upgrade":true"#, "org.varlink.service.MethodNotImplemented"),
    ("org.varlink.service.GetInterfaceDescription", "{}", "", "org.varlink.service.InvalidParameter"),
    (
      "org.varlink.service.GetInterfaceDescription", #"{"interface":"a.b"}"#, "",
      "org.varlink.service.InterfaceNotFound"
    ),
  ])
  func `a wrong call is refused by name, and the connection goes on`(
    _ method: String, _ parameters: String, _ flags: String, _ error: String
  ) async throws {
    var log = MemoryLog.Limits()
    log.events = 10
    let host = try await ServiceHost(log: log)
    await host.publish(50)
    let client = try VarlinkClient.reading(host.path)
    #expect(try await client.answer(method, parameters, flags: flags).error == error)
    #expect(try await client.answer("ListLinks").error == nil)
  }

  @Test func `history is paged by what was searched`() async throws {
    let host = try await ServiceHost()
    await host.publish(95)
    let wanted = await host.publish(1, .vmStatePaused)
    await host.publish(50)
    let client = try VarlinkClient.reading(host.path)
    var (after, head, numbers) = (Int64(0), Int64(1), [UInt64]())
    while after < head {
      let reply = try await client.answer("GetEvents", #"{"after":\#(after),"max":40}"#)
      numbers += reply.numbers
      after = try #require(reply["parameters"]?["searched"]?.int)
      head = try #require(reply["parameters"]?["head"]?.int)
    }
    #expect(numbers == Array(1...UInt64(head)))
    let one = try await client.answer("GetEvents", #"{"kinds":["vm.state.*"]}"#)
    #expect(one.numbers == [wanted])
    #expect(one["parameters"]?["searched"]?.int == head)
    #expect(one["parameters"]?["instance"]?.string == host.hub.instance.description)
  }

  @Test(arguments: [
    (3000, "x"), (100, String(repeating: "\u{1}", count: 5000)), (40, String(repeating: "x", count: 30_000)),
  ])
  func `no page of history reaches 1 MiB, and the pages together are everything`(
    _ count: Int, _ text: String
  ) async throws {
    let host = try await ServiceHost()
    let head = await host.publish(count, text: text)
    let client = try VarlinkClient.reading(host.path)
    var (after, numbers, largest) = (UInt64(0), [UInt64](), 0)
    while after < head {
      let reply = try await client.answer("GetEvents", #"{"after":\#(after),"max":10000}"#)
      let text = reply.description
      numbers += reply.numbers
      largest = max(largest, text.utf8.count)
      after = try #require(reply.numbers.last)
      #expect(text.contains(#""searched":\#(after),"head":\#(head),"#))
    }
    #expect(numbers == Array(1...head))
    #expect(largest < 1 << 20 && largest > 512 << 10)
  }

  @Test func `calls may be sent ahead, in pieces, and are answered in order`() async throws {
    let host = try await ServiceHost()
    await host.publish(300)
    let client = try VarlinkClient.reading(host.path)
    var bytes: [UInt8] = []
    for index in 0..<30 {
      // An answer that comes later must not be overtaken by one that comes at once.
      let method = index.isMultiple(of: 3) ? "GetEvents" : index % 3 == 1 ? "ListVMs" : "Nothing"
      bytes += Array(#"{"method":"org.vireo.Hub1.\#(method)"}"#.utf8) + [0]
      if index.isMultiple(of: 5) { bytes += Array(#"{"method":"org.vireo.Hub1.ListLinks","oneway":true}"#.utf8) + [0] }
    }
    for start in stride(from: 0, to: bytes.count, by: 7) {
      client.send(Array(bytes[start..<min(start + 7, bytes.count)]))
    }
    let replies = try await client.replies.atLeast(30)
    for (index, reply) in replies.enumerated() {
      switch index % 3 {
      case 0: #expect(reply.numbers.count == 302)
      case 1: #expect(reply["parameters"]?["vms"]?.array?.count == 1)
      default: #expect(reply.error == "org.varlink.service.MethodNotFound")
      }
    }
    #expect(try await client.answer("ListLinks")["parameters"]?["links"] != nil)
    #expect(client.replies.count == 31, "a call that wants no reply has none")
  }

  @Test func `a client that has said all gets its answers, and then the end`() async throws {
    let host = try await ServiceHost()
    let client = try VarlinkClient.reading(host.path)
    for _ in 0..<5 { client.call("GetEvents") }
    client.socket.withNumber { _ = shutdown($0, CInt(SHUT_WR)) }
    #expect(try await client.replies.end().count == 5)
  }

  @Test func `the socket is for its owner and its group, and a dead one is replaced`() async throws {
    let directory = try TemporaryDirectory()
    let path = directory.file("s")
    // A socket that nobody listens at any more, and one that somebody does.
    try UnixSocket.listen(at: path).close()
    let host = try await ServiceHost(at: path)
    let attributes = try FileManager.default.attributesOfItem(atPath: path)
    #expect(attributes[.posixPermissions] as? Int == 0o660)
    let second = try await ServiceHost(at: path)
    #expect(await second.hub.objects(.source).first?.state == "down")
    let client = try VarlinkClient.reading(path)
    #expect(try await client.answer("ListLinks").error == nil)
    withExtendedLifetime((host, second)) {}
  }
}
