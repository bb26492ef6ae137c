// SPDX-License-Identifier: Apache-2.0
// A real QEMU with a real tap.

import EventLoop
import EventModel
import Hub
import NetlinkSource
import SourceTestSupport
import TestSupport
import Testing

@testable import UsageSource

@Suite(
  "Usage: real machines", .timeLimit(.minutes(2)),
  .needs(all: Namespace.requirements, .qemu, .file("/dev/net/tun")))
struct UsageSourceTests {
  /// A hub that knows the links of a namespace and which machine uses what.
  private struct Host {
    let namespace: Namespace
    let rig: SourceRig
    let links: NetlinkSource
    let usage: UsageSource

    init() async throws {
      let namespace = try await Namespace()
      self.namespace = namespace
      rig = try SourceRig()
      links = NetlinkSource(hub: rig.hub) { () throws(NetlinkError) in
        let number = namespace.descriptor {
          do throws(NetlinkError) { return try NetlinkDescriptor.open().release() } catch { return -1 }
        }
        guard number >= 0 else { throw NetlinkError("socket in the namespace", errorNumber: 1) }
        return OwnedDescriptor(adopting: number)
      }
      var options = UsageOptions()
      options.gathering = .milliseconds(10)
      usage = UsageSource(hub: rig.hub, options: options)
      await rig.onLoop { [links, usage] in
        links.assumeIsolated { $0.start() }
        usage.assumeIsolated { $0.start() }
      }
      try await rig.event(.sourceUp) { $0.subject == NetlinkSource.subject }
    }

    /// Says that a process is a machine, as the source of machines does.
    func add(machine name: String, process: Int32) async -> Subject {
      let subject = Subject(.vm, name)
      await rig.onLoop { [hub = rig.hub] in
        hub.assumeIsolated {
          $0.addObject(
            HubObject(subject, [.name: .string(name), .state: "running", .processID: .uint(UInt64(process))]))
        }
      }
      return subject
    }

    /// Waits until an object says something.
    func wait(_ subject: Subject, _ property: PropertyName, _ paths: [String], from place: Int = 0) async throws {
      try await rig.changes.first("\(subject) to say \(paths)", from: place) {
        $0.subject == subject && $0[property] == .strings(paths)
      }
    }

    func link(_ name: String) async throws -> Subject {
      try #require(await rig.objects(.link).first { $0.name == name }).subject
    }
  }

  @Test func `a tap and its machine name each other, and events of the tap name the machine`() async throws {
    let host = try await Host()
    try await host.namespace.ip("tuntap add dev vnet3 mode tap")
    try await host.namespace.ip("link set vnet3 up")
    let qemu = try host.namespace.start(
      "qemu-system-x86_64",
      [
        "-M", "none", "-nodefaults", "-display", "none", "-no-user-config", "-netdev",
        "tap,id=n0,ifname=vnet3,script=no,downscript=no",
      ])
    // The tap has a carrier as soon as QEMU has opened it.
    try await host.rig.event(.linkCarrierGained) { $0.name == "vnet3" }
    let machine = await host.add(machine: "web01", process: qemu.pid)
    let tap = try await host.link("vnet3")
    try await host.wait(tap, .vms, [machine.objectPath])
    try await host.wait(machine, .hostDevices, [tap.objectPath])
    try await host.namespace.ip("link set vnet3 mtu 1400")
    let changed = try await host.rig.event(.linkMTUChanged) { $0.name == "vnet3" }
    #expect(changed.data["vms"] == .strings([machine.objectPath]))

    // QEMU dies: the last event of the tap still says whose it was, then nobody's.
    let place = host.rig.changes.count
    try await qemu.kill()
    let lost = try await host.rig.event(.linkCarrierLost) { $0.name == "vnet3" }
    #expect(lost.data["vms"] == .strings([machine.objectPath]))
    await host.rig.onLoop { [hub = host.rig.hub] in
      hub.assumeIsolated { $0.update(machine, [.processID: .uint(0), .state: "stopped"]) }
    }
    try await host.wait(tap, .vms, [], from: place)
    try await host.wait(machine, .hostDevices, [], from: place)
  }

  @Test func `a machine that opens a tap later is noticed by the tap's carrier`() async throws {
    let host = try await Host()
    let opener = """
      import fcntl, os, struct, sys
      sys.stdin.readline()
      f = os.open('/dev/net/tun', os.O_RDWR)
      fcntl.ioctl(f, 0x400454ca, struct.pack('16sH', b'late0', 0x1002))
      print('open', flush=True)
      sys.stdin.readline()
      """
    let process = try host.namespace.start("python3", ["-c", opener], hasInput: true)
    let machine = await host.add(machine: "late", process: process.pid)
    try process.write("\n")
    try await process.output.first { $0 == "open" }
    try await host.rig.event(.linkAdded) { $0.name == "late0" }
    try await host.wait(try await host.link("late0"), .vms, [machine.objectPath])
  }

  @Test func `a device file is known by its numbers, and a process that is gone is said to be`() async throws {
    let process = try ChildProcess("sh", ["-c", "exec 5</dev/zero; echo open; exec sleep infinity"])
    try await process.output.first { $0 == "open" }
    let held = try ProcessFiles.resources(of: UInt64(process.pid), limits: UsageLimits())
    #expect(held.contains(.file(isBlock: false, major: 1, minor: 5)))
    try await process.kill()
    #expect(throws: ProcessFiles.Failure.gone) {
      try ProcessFiles.resources(of: UInt64(process.pid), limits: UsageLimits())
    }
  }
}
