// SPDX-License-Identifier: Apache-2.0
// What a guest tells of itself: changes become events, and nothing that it sends is more than text of a bounded size.

import EventModel
import JSONText
import QEMUSource
import Testing

@Suite struct GuestFactsTests {
  private let clock = Timestamp(microseconds: 1_760_000_000_000_000)

  private func take(
    _ facts: inout GuestFacts, _ command: AgentCommand, _ text: String, _ thresholds: GuestThresholds = .init()
  ) throws -> [Difference]? {
    guard case .changes(let changes) = facts.take(try json(text), to: command, clock: clock, thresholds: thresholds)
    else { return nil }
    return changes
  }

  @Test func `a host name is told when it is first known and when it changes`() throws {
    var facts = GuestFacts()
    let first = try take(&facts, .hostName, #"{"host-name":"web"}"#)
    #expect(first == [Difference(kind: .vmGuestHostname, data: ["hostname": "web"])])
    #expect(try take(&facts, .hostName, #"{"host-name":"web"}"#) == [])
    let second = try take(&facts, .hostName, #"{"host-name":"db"}"#)
    #expect(second == [Difference(kind: .vmGuestHostname, data: ["hostname": "db", "previous": "web"])])
    #expect(facts.properties[.guestHostname] == "db")
  }

  @Test func `what the hub knew before is no news`() throws {
    let object = HubObject(
      Subject(.vm, "web"),
      [
        .guestHostname: "web", .guestOS: ["id": "debian"], .guestAddresses: ["10.0.0.1/24"], .guestFrozen: true,
        .agentVersion: "7.2",
      ])
    var facts = GuestFacts(object)
    #expect(try take(&facts, .hostName, #"{"host-name":"web"}"#) == [])
    #expect(try take(&facts, .osInfo, #"{"id":"debian"}"#) == [])
    #expect(
      try take(&facts, .interfaces, #"[{"name":"eth0","ip-addresses":[{"ip-address":"10.0.0.1","prefix":24}]}]"#) == [])
    #expect(try take(&facts, .freezeStatus, #""frozen""#) == [])
    #expect(try take(&facts, .freezeStatus, #""thawed""#)?.map(\.kind) == [.vmGuestThawed])
  }

  @Test func `a file system and a clock that were told before are no news, what they do next is`() throws {
    let object = HubObject(
      Subject(.vm, "web"),
      [
        .guestFilesystems: [["mountpoint": "/", "type": "ext4", "used": .uint(95), "total": .uint(100)]],
        .guestTimeOffset: .double(3),
      ])
    var facts = GuestFacts(object)
    #expect(
      try take(&facts, .fileSystems, #"[{"mountpoint":"/","type":"ext4","used-bytes":96,"total-bytes":100}]"#) == [])
    let relieved = try take(
      &facts, .fileSystems, #"[{"mountpoint":"/","type":"ext4","used-bytes":10,"total-bytes":100}]"#)
    #expect(relieved?.map { $0.data["change"] } == ["relieved"])
    let later = { (seconds: Int64) in "\((1_760_000_000 + seconds) * 1_000_000_000)" }
    #expect(try take(&facts, .time, later(3)) == [])
    #expect(try take(&facts, .time, later(5))?.map { $0.data["seconds"] } == [.double(5)])
  }

  @Test func `an operating system`() throws {
    var facts = GuestFacts()
    let text =
      #"{"id":"debian","pretty-name":"Debian GNU/Linux 12","version":"12 (bookworm)","kernel-release":"6.1.0","machine":"x86_64","other":{}}"#
    let changes = try take(&facts, .osInfo, text)
    let os: Fields = ["id": "debian", "name": "Debian GNU/Linux 12", "version": "12 (bookworm)", "kernel": "6.1.0"]
    #expect(changes == [Difference(kind: .vmGuestOS, data: ["os": .map(os)])])
    #expect(facts.properties[.guestOS] == .map(os))
  }

  @Test func `addresses come and go, without the loopback and without what is none`() throws {
    var facts = GuestFacts()
    let first = try take(
      &facts, .interfaces,
      #"""
      [{"name":"lo","ip-addresses":[{"ip-address":"127.0.0.1","prefix":8},{"ip-address":"::1","prefix":128}]},
       {"name":"eth0","hardware-address":"52:54:00:12:34:56","ip-addresses":[
        {"ip-address":"10.0.0.2","ip-address-type":"ipv4","prefix":24},{"ip-address":"fe80::1","prefix":64},
        {"ip-address":"evil\n","prefix":1},{"ip-address":"dead"},{"ip-address":7},{"prefix":3}]},
       {"name":"eth1"}, 7, {"ip-addresses":"none"}]
      """#)
    #expect(first?.first?.data["addresses"] == ["10.0.0.2/24", "fe80::1/64"])
    let second = try take(
      &facts, .interfaces,
      #"[{"name":"eth0","ip-addresses":[{"ip-address":"10.0.0.3","prefix":24},{"ip-address":"fe80::1","prefix":64}]}]"#)
    #expect(
      second == [
        Difference(
          kind: .vmGuestAddresses,
          data: ["addresses": ["10.0.0.3/24", "fe80::1/64"], "added": ["10.0.0.3/24"], "removed": ["10.0.0.2/24"]])
      ])
  }

  @Test func `file systems that come, go, fill up and are relieved`() throws {
    var facts = GuestFacts()
    let at = { (used: Int) in
      #"[{"name":"vda1","mountpoint":"/","type":"ext4","used-bytes":\#(used),"total-bytes":100,"disk":[]}]"#
    }
    #expect(try take(&facts, .fileSystems, at(89)) == [], "what was there before we looked is no news")
    let full = try take(&facts, .fileSystems, at(90))
    #expect(full?.map { $0.data["change"]?.string } == ["full"])
    #expect(full?.first?.grade == EventGrade(.vmGuestFilesystemFull))
    #expect(try take(&facts, .fileSystems, at(99)) == [])
    #expect(try take(&facts, .fileSystems, at(86)) == [], "it must fall five below")
    #expect(try take(&facts, .fileSystems, at(84))?.map { $0.data["change"]?.string } == ["relieved"])
    #expect(try take(&facts, .fileSystems, "[]")?.map { $0.data["change"]?.string } == ["removed"])
    #expect(try take(&facts, .fileSystems, at(95))?.map { $0.data["change"]?.string } == ["added", "full"])
    #expect(
      facts.properties[.guestFilesystems]
        == [["mountpoint": "/", "type": "ext4", "used": .uint(95), "total": .uint(100)]])
  }

  @Test func `users that come and go`() throws {
    var facts = GuestFacts()
    #expect(try take(&facts, .users, #"[{"user":"root","login-time":1.5}]"#) == [])
    let changes = try take(&facts, .users, #"[{"user":"ada"},{"user":"ada"},{"user":"bob"}]"#)
    #expect(changes?.first?.data == ["users": ["ada", "bob"], "added": ["ada", "bob"], "removed": ["root"]])
  }

  @Test func `a clock that drifts is told once for each second that it drifts further`() throws {
    var facts = GuestFacts()
    let drift = { (seconds: Double) in "\(Int64((1_760_000_000 + seconds) * 1e9))" }
    #expect(try take(&facts, .time, drift(0.5)) == [])
    #expect(try take(&facts, .time, drift(-2))?.first?.data["seconds"]?.double.map { abs($0 + 2) < 0.001 } == true)
    #expect(try take(&facts, .time, drift(-2.5)) == [])
    #expect(try take(&facts, .time, drift(-3.5))?.count == 1)
    #expect(try take(&facts, .time, drift(0)) == [])
    #expect(try take(&facts, .time, drift(5))?.count == 1)
  }

  @Test func `frozen and thawed`() throws {
    var facts = GuestFacts()
    #expect(try take(&facts, .freezeStatus, #""thawed""#) == [])
    #expect(try take(&facts, .freezeStatus, #""frozen""#)?.map(\.kind) == [.vmGuestFrozen])
    #expect(try take(&facts, .freezeStatus, #""frozen""#) == [])
    #expect(try take(&facts, .freezeStatus, #""thawed""#)?.map(\.kind) == [.vmGuestThawed])
  }

  @Test func `what the agent can do`() throws {
    var facts = GuestFacts()
    let text =
      #"{"version":"7.2.22","supported_commands":[{"name":"guest-ping","enabled":true},{"name":"guest-get-users","enabled":false},{"name":"guest-exec","enabled":true},7,{"name":"guest-get-time"}]}"#
    #expect(try take(&facts, .info, text) == [])
    #expect(facts.version == "7.2.22")
    #expect(facts.commands == [.ping, .time])
  }

  @Test(arguments: [
    (AgentCommand.info, "{}"), (.hostName, "[]"), (.hostName, #"{"host-name":7}"#), (.osInfo, "7"), (.interfaces, "{}"),
    (.fileSystems, #""/""#), (.users, "{}"), (.time, #""now""#), (.time, "1.5"), (.time, "18446744073709551615"),
    (.freezeStatus, #""melting""#), (.freezeStatus, "{}"), (.time, "-9223372036854775808"),
  ])
  func `an answer of another form changes nothing`(_ command: AgentCommand, _ text: String) throws {
    var facts = GuestFacts()
    let before = facts
    let changes = try take(&facts, command, text)
    if command == .time, changes != nil { return }
    #expect(changes == nil)
    #expect(facts == before)
  }

  @Test func `a million interfaces, endless names and control characters cost a bounded amount`() throws {
    var facts = GuestFacts()
    let address = { (n: Int) in #"{"ip-address":"10.\#(n / 65536 % 256).\#(n / 256 % 256).\#(n % 256)","prefix":8}"# }
    let many = (0..<20_000).map { #"{"name":"e\#($0)","ip-addresses":[\#(address($0 * 2)),\#(address($0 * 2 + 1))]}"# }
    _ = try take(&facts, .interfaces, "[\(many.joined(separator: ","))]")
    #expect((facts.addresses?.count ?? 0) <= GuestFacts.Limits.addresses)
    let long = String(repeating: "ä", count: 100_000)
    _ = try take(&facts, .hostName, #"{"host-name":"\#(long)\u001b[2J"}"#)
    #expect((facts.hostname?.utf8.count ?? .max) <= GuestFacts.Limits.text)
    let systems = (0..<10_000).map { #"{"mountpoint":"/m\#($0)","type":"x"}"# }
    _ = try take(&facts, .fileSystems, "[\(systems.joined(separator: ","))]")
    #expect((facts.fileSystems?.count ?? 0) <= GuestFacts.Limits.fileSystems)
    let users = (0..<10_000).map { #"{"user":"u\#($0)\u0007"}"# }
    _ = try take(&facts, .users, "[\(users.joined(separator: ","))]")
    #expect((facts.users?.count ?? 0) <= GuestFacts.Limits.users)
    #expect(facts.users?.allSatisfy { !$0.unicodeScalars.contains { $0.value < 0x20 } } == true)
  }
}
