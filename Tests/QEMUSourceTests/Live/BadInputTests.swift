// SPDX-License-Identifier: Apache-2.0
// What a broken or hostile peer sends: each a clear report, and nothing else harmed.

import EventModel
import Hub
import QEMUSource
import TestSupport
import Testing

@Suite struct BadInputTests {
  /// A machine under attack and one beside it that must not notice.
  private struct Scene {
    let hub: LiveSource
    let peer: QMPPeer
    let neighbour: QMPPeer
    var source: Subject { Subject(.source, "qmp:web") }

    init(_ change: (inout QEMUOptions) -> Void = { _ in }) async throws {
      hub = try await LiveSource { options in
        options.limits.grace = .seconds(20)
        change(&options)
      }
      peer = try QMPPeer(.dials(hub.socket), QMPBehaviour(name: "web")).start()
      neighbour = try QMPPeer(.dials(hub.socket), QMPBehaviour(name: "neighbour")).start()
      try await hub.settled("web")
      try await hub.settled("neighbour")
    }

    /// The neighbour was served all the time by one connection, and still is.
    func neighbourIsUnharmed() async throws {
      neighbour.emit("RTC_CHANGE", ["offset": 7, "qom-path": "/rtc"])
      try await hub.event(.vmRTCChanged) { $0.name == "neighbour" }
      #expect(neighbour.connections.count == 1)
    }

    /// The machine itself is still served.
    func isServed() async throws {
      let place = hub.events.count
      peer.emit("RTC_CHANGE", ["offset": 8, "qom-path": "/rtc"])
      try await hub.event(.vmRTCChanged, from: place) { $0.name == "web" }
    }
  }

  @Test(arguments: [
    ("(qemu) info status", "not JSON"), ("{\"event\": \"STOP\"", "not JSON"), ("[]", "not an object"),
    ("7", "not an object"),
    ("{}", "neither greeting, event, return nor error"), (#"{"event": 7}"#, "an event without a proper name"),
    (#"{"event": "STOP", "data": "\u0000\ud800x"}"#, "bad escape"),
    (#"{"error": "no"}"#, "an error without class and text"),
    (#"{"event": "S\u0001TOP", "x": 1e999}"#, "number out of range"),
  ])
  func `a line that is no message is refused and shown, and the monitor goes on`(_ line: String, _ why: String)
    async throws
  {
    let scene = try await Scene()
    scene.peer.sendLine(line)
    let rejected = try await scene.hub.event(.sourceRejected)
    #expect(rejected.subject == scene.source)
    #expect(rejected.data["error"]?.string?.contains(why) == true, "\(rejected.data["error"]?.string ?? "")")
    #expect(rejected.data["sample"]?.string?.hasPrefix(String(line.prefix(6))) == true)
    let object = try #require(await scene.hub.hub.object(scene.source))
    #expect(object[.lastError] == rejected.data["error"])
    #expect(object[.overruns] == .uint(1))
    try await scene.isServed()
    #expect(scene.peer.connections.count == 1)
    try await scene.neighbourIsUnharmed()
  }

  @Test(arguments: [
    ([0x22, 0xFF, 0xFE, 0x22], "not UTF-8"), ([0x22, 0x61, 0x00, 0x62, 0x22], "control character"),
    ([0x00, 0x00, 0x00], "not JSON"), ([0x22, 0x1B, 0x5B, 0x32, 0x4A, 0x22], "control character"),
  ])
  func `bytes that are no text are refused, and shown without what could disturb a terminal`(
    _ bytes: [UInt8], _ why: String
  ) async throws {
    let scene = try await Scene()
    scene.peer.send(bytes + Array("\r\n".utf8))
    let rejected = try await scene.hub.event(.sourceRejected)
    #expect(rejected.data["error"]?.string?.contains(why) == true)
    let sample = try #require(rejected.data["sample"]?.string)
    #expect(!sample.unicodeScalars.contains { $0.value < 0x20 })
    try await scene.isServed()
    try await scene.neighbourIsUnharmed()
  }

  @Test func `200 levels of nesting are refused`() async throws {
    let scene = try await Scene()
    scene.peer.sendLine(
      #"{"event":"STOP","data":"# + String(repeating: #"{"a":"#, count: 200) + "1" + String(repeating: "}", count: 201))
    let rejected = try await scene.hub.event(.sourceRejected)
    #expect(rejected.data["error"]?.string?.contains("nested deeper than the limit") == true)
    try await scene.isServed()
    try await scene.neighbourIsUnharmed()
  }

  @Test func `a line of 64 MiB drops that monitor alone, which is tried again`() async throws {
    let scene = try await Scene()
    let place = scene.hub.events.count
    scene.peer.sendLine(ofLength: 64 << 20)
    let reconnected = try await scene.hub.event(.sourceReconnected, from: place)
    #expect(reconnected.subject == scene.source)
    #expect(
      await scene.hub.hub.object(scene.source)?[.lastError]?.string?.contains("longer than 16777216 bytes") == true)
    try await scene.hub.event(.sourceResynced, from: place)
    try await scene.isServed()
    try await scene.neighbourIsUnharmed()
    #expect(!scene.hub.events.all.contains { $0.kind == .vmStopped })
  }

  @Test func `a line below the limit that is large is taken`() async throws {
    let scene = try await Scene()
    let text = String(repeating: "x", count: 15 << 20)
    scene.peer.emit("UNHEARD_OF", ["text": .string(text)])
    let event = try await scene.hub.event(.vmQMP)
    #expect(event.data["event"] == "UNHEARD_OF")
    #expect((event.raw?.utf8.count ?? 0) <= 16384)
    try await scene.isServed()
  }

  @Test func `wrong types in an event's data are named, what is right is kept, and so is the text`() async throws {
    let scene = try await Scene()
    scene.peer.emit("BLOCK_JOB_COMPLETED", ["type": "mirror", "device": 7, "len": "long", "offset": 5, "speed": -1])
    let event = try await scene.hub.event(.vmBlockJobCompleted)
    #expect(event.data["type"] == "mirror")
    #expect(event.data["offset"] == .int(5))
    #expect(event.data["speed"] == .int(-1))
    #expect(event.data["device"] == nil)
    #expect(event.data["length"] == nil)
    #expect(event.raw?.contains(#""len":"long""#) == true)
    let rejected = try await scene.hub.event(.sourceRejected)
    #expect(rejected.data["error"]?.string?.contains("BLOCK_JOB_COMPLETED: member device") == true)
    try await scene.neighbourIsUnharmed()
  }

  @Test func `an event that no table knows is published with its text`() async throws {
    let scene = try await Scene()
    scene.peer.emit("BRAND_NEW_EVENT", ["answer": 42])
    let event = try await scene.hub.event(.vmQMP)
    #expect(event.subject == Subject(.vm, "web"))
    #expect(event.data["event"] == "BRAND_NEW_EVENT")
    #expect(event.raw?.contains(#""answer":42"#) == true)
    scene.peer.emit("RTC_CHANGE", ["offset": 1, "qom-path": "/rtc", "since-the-future": [1, 2]])
    let changed = try await scene.hub.event(.vmRTCChanged)
    #expect(changed.data["offset"] == .int(1))
    #expect(changed.raw?.contains(#""since-the-future":[1,2]"#) == true)
  }

  @Test func `a reply that nobody asked for is counted and dropped`() async throws {
    let scene = try await Scene()
    scene.peer.sendLine(#"{"return": {"status": "shutdown"}, "id": 999999}"#)
    let rejected = try await scene.hub.event(.sourceRejected)
    #expect(rejected.data["error"] == "a reply to a command that was never sent")
    scene.peer.sendLine(#"{"return": {"status": "shutdown"}, "id": 2}"#)
    try await scene.hub.event(.sourceRejected) { $0.data["error"] == "a reply came after its command was given up" }
    scene.peer.sendLine(#"{"error": {"class": "GenericError", "desc": "Invalid \u001b[2J JSON"}}"#)
    let anonymous = try await scene.hub.event(.sourceRejected) {
      $0.data["error"]?.string?.contains("without ID") == true
    }
    #expect(anonymous.data["error"] == "an error without ID: Invalid \u{FFFD}[2J JSON")
    #expect(await scene.hub.machine("web")?.state == "running")
    try await scene.isServed()
    #expect(scene.peer.connections.count == 1)
  }

  @Test func `a monitor that closes in the middle of a line comes back`() async throws {
    let scene = try await Scene()
    let place = scene.hub.events.count
    scene.peer.send(Array(#"{"event": "STO"#.utf8))
    scene.peer.hangUp(afterWriting: true)
    try await scene.hub.event(.sourceResynced, from: place)
    #expect(scene.hub.events.all[place...].map(\.kind) == [.sourceReconnected, .hubGap, .sourceResynced])
    try await scene.isServed()
    try await scene.neighbourIsUnharmed()
  }

  @Test func `nothing but refused lines ends the connection`() async throws {
    let scene = try await Scene()
    let place = scene.hub.events.count
    for _ in 0..<16 { scene.peer.sendLine("garbage") }
    try await scene.hub.event(.sourceReconnected, from: place)
    let reports = scene.hub.events.all.filter { $0.kind == .sourceRejected }.count
    #expect((1...9).contains(reports), "reports are rare")
    #expect(await scene.hub.hub.object(scene.source)?[.overruns] == .uint(16))
    try await scene.neighbourIsUnharmed()
  }

  @Test func `a command that is never answered does not hold up the others`() async throws {
    let hub = try await LiveSource { $0.limits.reply = .seconds(4) }
    var behaviour = QMPBehaviour(name: "web")
    for command in ["query-block", "query-jobs"] { behaviour.answers[command] = .silence }
    let peer = try QMPPeer(.dials(hub.socket), behaviour).start()
    try await hub.settled("web")
    let reports = hub.events.all.filter { $0.kind == .sourceRejected }.compactMap { $0.data["error"]?.string }
    #expect(reports.contains("no answer to query-block") && reports.contains("no answer to query-jobs"))
    #expect(peer.connections.count == 1)
  }

  @Test func `a QEMU that does not say who it is is no machine, and is asked again`() async throws {
    let hub = try await LiveSource { $0.limits.reply = .seconds(4) }
    var behaviour = QMPBehaviour(name: "web")
    behaviour.answers["query-uuid"] = .silence
    let peer = try QMPPeer(.dials(hub.socket), behaviour).start()
    try await peer.connections.atLeast(2)
    #expect(await hub.hub.objects(.vm).isEmpty)
    peer.change { $0.answers["query-uuid"] = nil }
    try await hub.settled("web")
  }

  @Test func `replies of the wrong type leave what they were asked for unknown`() async throws {
    let hub = try await LiveSource()
    var behaviour = QMPBehaviour(name: "web")
    for command in [
      "query-block", "query-jobs", "query-balloon", "query-chardev", "query-kvm", "query-memory-size-summary",
    ] {
      behaviour.answers[command] = .returns("what?")
    }
    behaviour.answers["query-uuid"] = .returns([["UUID": 7]])
    behaviour.answers["query-migrate"] = .returns([1, 2, 3])
    let peer = try QMPPeer(.dials(hub.socket), behaviour).start()
    try await hub.settled("web")
    let object = try #require(await hub.machine("web"))
    #expect(object[.drives] == [])
    #expect(object[.accelerated] == false)
    #expect(object.state == "running")
    _ = peer
  }

  @Test func `a greeting that refuses, repeats or lies harms nobody`() async throws {
    let scene = try await Scene { $0.limits.greeting = .milliseconds(200) }
    var behaviour = QMPBehaviour(name: "liar")
    behaviour.greeting = .line(#"{"QMP": {"version": "seven"}}"#)
    behaviour.answers["qmp_capabilities"] = .fails(errorClass: "GenericError", text: "no")
    let refuses = try QMPPeer(.dials(scene.hub.socket, redials: nil), behaviour).start()
    try await refuses.ends.atLeast(1)
    behaviour.greeting = .never
    let silent = try QMPPeer(.dials(scene.hub.socket, redials: nil), behaviour).start()
    try await silent.ends.atLeast(1)
    #expect(await scene.hub.machine("liar") == nil)
    let reports = scene.hub.events.all.filter {
      $0.subject == Subject(.source, "qmp-socket") && $0.kind == .sourceRejected
    }
    #expect(reports.count == 2)
    try await scene.neighbourIsUnharmed()
  }
}
