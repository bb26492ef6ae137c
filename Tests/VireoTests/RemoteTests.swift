// SPDX-License-Identifier: Apache-2.0
// vireo -H: the hub of another host.

import EventModel
import TestSupport
import Testing

@Suite("vireo -H", .needs(.root, .program("dbus-daemon"), .program("systemd-stdio-bridge")), .timeLimit(.minutes(5)))
struct RemoteTests {
  @Test func `it asks the bus of the other host, by ssh`() async throws {
    let hub = try await TestHub()
    await hub.addMachine("web01")
    let place = try await ToolPlace(hub)
    let nowhere = ["DBUS_SYSTEM_BUS_ADDRESS": "unix:path=/nonexistent"]
    let list = try await place.run("vireo -H root@host.example list vms --names", environment: nowhere)
    #expect(list.output == "web01\n", "\(list)")
    let port = try await place.run("vireo log -n1 -ocat --host admin@[2001:db8::7]:2222", environment: nowhere)
    #expect(port.output == "web01 vm.added state=running\n", "\(port)")
    #expect(
      place.sshCalls == [
        "-xT -- root@host.example systemd-stdio-bridge", "-xT -p 2222 -- admin@2001:db8::7 systemd-stdio-bridge",
      ])
  }

  @Test func `a host that is a dash, a blank or nothing is refused before ssh sees it`() async throws {
    let place = try await ToolPlace(try await TestHub())
    for host in ["'a b'", "root@", "host:notaport", "host:99999", "$'a\\nb'"] {
      let result = try await place.run("vireo --host=\(host) list")
      #expect(result.status == .exited(64) && result.errors.contains("is not user@host"), "\(result)")
    }
    #expect(place.sshCalls.isEmpty)
    // A name that begins with a dash is a host, not an option.
    _ = try await place.run("vireo --host=-oProxyCommand=evil list")
    #expect(place.sshCalls == ["-xT -- -oProxyCommand=evil systemd-stdio-bridge"])
  }

  @Test func `a host that cannot be reached is told`() async throws {
    let place = try await ToolPlace(try await TestHub())
    let result = try await place.run("vireo -H unreachable.example list")
    #expect(result.status == .exited(1))
    #expect(result.errors.contains("no route to host") && result.errors.contains("vireo: "), "\(result)")
  }

  @Test func `following works from afar, too`() async throws {
    let hub = try await TestHub()
    await hub.addMachine("web01")
    let place = try await ToolPlace(hub)
    let monitor = try place.start("vireo -H root@host.example log -f -ocat")
    try await monitor.output.first("the past") { $0.contains("vm.added") }
    for number in 0..<100 { await hub.publish(.vmReset, data: ["reason": .string("number-\(number)")]) }
    try await monitor.output.first("the last event") { $0.contains("number-99") }
    #expect(monitor.output.all.filter { $0.contains("number-") }.count == 100)
  }
}
