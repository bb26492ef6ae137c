// SPDX-License-Identifier: Apache-2.0
// The commands that ask once: list, show, status, kinds, metrics, why, check-config, completion.

import EventModel
import Foundation
import Hub
import TestSupport
import Testing

@Suite("vireo: questions", .needs(.root, .program("dbus-daemon")), .timeLimit(.minutes(5)))
struct QueryTests {
  @Test func `list shows the machines as a table, as names and as JSON`() async throws {
    let hub = try await TestHub()
    #expect(try await hub.vireo("list").output == "No VMs.\n")
    await hub.addMachine("web01", [.uuid: "7c1e0000-0000-4000-8000-000000000001"])
    await hub.addMachine("db1\u{1B}[2J", [.state: "io-error", .reason: "no space"])
    #expect(
      try await hub.vireo("list", "vms").lines == [
        #"NAME       UUID                                 STATE    REASON"#,
        #"db1\x1b[2J -                                    io-error no space"#,
        #"web01      7c1e0000-0000-4000-8000-000000000001 running  -"#,
        "2 VMs.",
      ])
    #expect(try await hub.vireo("list", "--names").lines == [#"db1\x1b[2J"#, "web01"])
    let json = try await hub.vireo("list", "-j").lines
    #expect(json.count == 2)
    #expect(try TestJSON(parsing: json[1])["state"]?.string == "running")
    #expect(try await hub.vireo("list", "sources", "--no-legend").lines == ["bus bus up"])
  }

  @Test func `show gives properties as pairs, as values and as JSON`() async throws {
    let hub = try await TestHub()
    await hub.addMachine("web01", [.memory: .uint(1 << 30), .guestAddresses: ["192.0.2.7", "2001:db8::7"]])
    let lines = try await hub.vireo("show", "web01").lines
    #expect(lines.contains("State=running"))
    #expect(lines.contains("GuestAddresses=[192.0.2.7, 2001:db8::7]"))
    #expect(!lines.contains { $0.hasPrefix("Cause=") })
    #expect(lines.first { $0.hasPrefix("StateSince=") }?.hasSuffix(" UTC") == true)
    #expect(try await hub.vireo("show", "web01", "-a").lines.contains("Cause="))
    #expect(try await hub.vireo("show", "web01", "-P", "State").output == "running\n")
    #expect(
      try await hub.vireo("show", "vm/web01", "-p", "State", "-pMemory").lines == [
        "State=running", "Memory=1073741824",
      ])
    let json = try await hub.vireo("show", "/org/vireo/Hub1/vm/web01", "-j").output
    #expect(try TestJSON(parsing: json)["Memory"]?.int == 1 << 30)
    for (object, text) in [
      ("nobody", "knows no VM"), ("vm/nobody", "knows no VM"), ("/org/vireo/Hub1/vm/nobody", "vm/nobody"),
    ] {
      let result = try await hub.vireo("show", object)
      #expect(result.status == .exited(1))
      #expect(result.errors.hasPrefix("vireo: ") && result.errors.contains(text))
    }
    #expect(
      try await hub.vireo("show", "web01", "-p", "Colour").errors == "vireo: vm objects have no property 'Colour'\n")
  }

  @Test func `status is one screen, and its exit status says whether all is well`() async throws {
    let hub = try await TestHub()
    await hub.addMachine("web01")
    await hub.publish(.vmBlockIOError, data: ["noSpace": true])
    let good = try await hub.vireo("status")
    #expect(good.status == .exited(0))
    #expect(good.output.contains("vireod 1.2.3 on host.example"))
    #expect(good.output.contains("VMs: 1 (1 running)"))
    #expect(good.output.contains("vm.block.io-error"))
    let source = Subject(.source, "udev")
    await hub.add(HubObject(source, [.name: "udev", .kind: "udev", .state: "down"]))
    let bad = try await hub.vireo("status")
    #expect(bad.status == .exited(1))
    #expect(bad.output.contains("udev down"))
  }

  @Test func `kinds are those of the hub`() async throws {
    let hub = try await TestHub()
    #expect(try await hub.vireo("kinds", "--names").lines == EventKind.allCases.map(\.rawValue))
    #expect(
      try await hub.vireo("kinds", "vm.watch*", "--no-legend").output
        == "vm.watchdog error The watchdog of the machine fired.\n")
    #expect(try await hub.vireo("kinds", "nothing.*").status == .exited(1))
  }

  @Test func `metrics come in both forms, and a file is replaced as a whole`() async throws {
    let hub = try await TestHub()
    let directory = try TemporaryDirectory()
    #expect(try await hub.vireo("metrics").output.hasSuffix("# EOF\n"))
    let text = try await hub.vireo("metrics", "--prometheus").output
    #expect(text.contains("# TYPE vireo_events_total counter\n"))
    let file = directory.file("vireo.prom")
    #expect(try await hub.vireo("metrics", "--prometheus", "-o", file).output.isEmpty)
    #expect(try String(contentsOfFile: file, encoding: .utf8).contains("# TYPE vireo_events_total counter\n"))
    let result = try await hub.vireo("metrics", "--output", directory.file("no/such/directory"))
    #expect(result.status == .exited(1) && result.errors.contains("No such file or directory"))
  }

  @Test func `why tells the cause, the evidence and what came before`() async throws {
    let hub = try await TestHub()
    await hub.addMachine("web01")
    await hub.publish(.vmPowerdown)
    await hub.publish(
      .vmStopped, origin: .derived,
      data: [
        "cause": "host-signal", "evidence": ["qmp: SHUTDOWN guest=false reason=host-signal", "pidfd: \u{1B}[2J"],
        "signal": "SIGTERM",
      ],
      changes: [.state: "stopped"])
    let result = try await hub.vireo("why", "web01")
    #expect(result.status == .exited(0))
    let text = result.output
    #expect(text.hasPrefix("web01 is stopped"))
    #expect(text.contains("  A signal from the host ended its QEMU: host-signal (signal SIGTERM)\n"))
    #expect(text.contains("    qmp: SHUTDOWN guest=false reason=host-signal\n"))
    #expect(text.contains(#"    pidfd: \x1b[2J"#))
    #expect(text.contains("vm.powerdown"))
    // The hub forgets it; its journal does not.
    await hub.remove(
      Subject(.vm, "web01"), event: EventDraft(.vmRemoved, subject: Subject(.vm, "web01"), source: .hub))
    let forgotten = try await hub.vireo("why", "web01").output
    #expect(forgotten.hasPrefix("web01 is not known to the hub any more"))
    #expect(forgotten.contains("host-signal"))
    #expect(try await hub.vireo("why", "nobody").status == .exited(1))
  }

  @Test func `why says of a machine that runs again that it does, and since when`() async throws {
    let hub = try await TestHub()
    await hub.addMachine("web01")
    await hub.publish(.vmStopped, data: ["cause": "crash"], changes: [.state: "stopped"])
    await hub.publish(
      .vmStateRunning, data: ["previous": "prelaunch"],
      changes: [.state: "running", .stateSince: .int(Timestamp.now().microseconds - 18_000_000_000)])
    let text = try await hub.vireo("why", "web01").output
    #expect(text.hasPrefix("web01 is running now, for 5h"), "\(text)")
    #expect(text.contains("\nThis is the story of the last time that it ended, "), "\(text)")
    #expect(text.contains("  Its QEMU crashed: crash\n") && text.contains("  After that:\n"))
  }

  @Test func `why tells of a machine that stands still now, and not of an end long ago`() async throws {
    let hub = try await TestHub()
    await hub.addMachine("db1")
    await hub.publish(.vmStopped, "db1", data: ["cause": "crash"], changes: [.state: "stopped"])
    await hub.publish(.vmStateRunning, "db1", changes: [.state: "running"])
    await hub.publish(.vmBlockIOError, "db1", data: ["device": "virtio0", "noSpace": true, "action": "stop"])
    await hub.publish(.vmStateIOError, "db1", data: ["previous": "running"], changes: [.state: "io-error"])
    let text = try await hub.vireo("why", "db1").output
    #expect(text.hasPrefix("db1 is io-error"))
    #expect(text.contains("The machine stopped on a disk error."))
    #expect(text.contains("vm.block.io-error device=virtio0 noSpace=true"))
  }

  @Test func `check-config gives the daemon's own answer`() async throws {
    let directory = try TemporaryDirectory()
    let program = try Repository.program("vireo")
    let good = try directory.write("log-level: info\n", to: "good.yaml")
    let bad = try directory.write("journal: {max-size: huge}\n", to: "bad.yaml")
    #expect(try await runTool(program, "check-config", good).status == .exited(0))
    let result = try await runTool(program, "check-config", bad)
    #expect(result.status == .exited(78))
    #expect(result.errors.contains("bad.yaml:1: journal.max-size: expected a size"))
  }

  @Test func `a bus that is not there, a hub that is away and a refusal are told clearly`() async throws {
    let bus = try await TestBus(.daemon, BusConfiguration(policy: .product))
    let program = try Repository.program("vireo")
    let nowhere = try await runTool(program, "list", "--bus", "unix:path=/nonexistent/bus")
    #expect(
      nowhere.status == .exited(1) && nowhere.errors.contains("cannot reach the bus at unix:path=/nonexistent/bus"))
    let away = try await runTool(program, "list", environment: bus.environment)
    #expect(away.status == .exited(1) && away.errors.contains("vireod is not on the bus"))
    let unknown = try await runTool(program, "list", "--bus", "unknown:key=value")
    #expect(unknown.status == .exited(1) && unknown.errors.contains("cannot reach the bus"))
    let usage = try await runTool(program, "lisst")
    #expect(usage.status == .exited(64))
  }

  @Test(arguments: [
    "", "nonsense", "unix:path", "unix:path=", "unix:path=/a b", "\u{1B}[2J", "unix:path=/x,path=/\u{E9}",
  ])
  func `what cannot be the address of a bus is a wrong command line`(_ address: String) async throws {
    let result = try await runTool(try Repository.program("vireo"), "list", "--bus", address)
    #expect(result.status == .exited(64), "\(result)")
    #expect(result.errors.hasPrefix("vireo: --bus: '") && result.errors.contains("is no D-Bus address"), "\(result)")
    #expect(!result.errors.contains("\u{1B}"))
  }
}
