// SPDX-License-Identifier: Apache-2.0
// Which machine uses which tap and which disk of the host, from a real QEMU to the bus.

import Foundation
import TestSupport
import Testing

@Suite(
  "vireod: machines, devices and links", .timeLimit(.minutes(3)),
  .needs(
    all: UdevNamespace.requirements, .qemu, .program("busctl"), .program("dbus-daemon"), .file("/dev/net/tun"),
    .probe("a loop device", "losetup --find")))
struct CorrelationTests {
  @Test func `events of a tap and of a disk name the machine that uses them, and the machine names both`() async throws
  {
    let host = try await UdevNamespace()
    try await host.startUdevd()
    try await host.namespace.ip("tuntap add dev vnet7 mode tap")
    let disk = try await LoopDisk()
    let hub = try await RunningHub(in: host.namespace)
    var options = TestQEMU.Options(
      name: "web01", monitors: [.dials(hub.qmpSocket)],
      arguments: [
        "-netdev", "tap,id=n0,ifname=vnet7,script=no,downscript=no", "-blockdev",
        "driver=host_device,node-name=disk0,filename=\(disk.node)",
      ])
    // In the network of the namespace, but with the disks of the machine.
    options.executable = try hub.directory.script(
      "exec nsenter --target \(host.namespace.keeper.pid) --net -- qemu-system-x86_64 \"$@\"", named: "qemu")
    let qemu = try await TestQEMU(options)
    let machine = RunningHub.root + "/vm/web01"
    try await hub.signal("vm.state.running", about: machine)

    let tap = try await hub.path(of: "GetLink", "vnet7")
    let tapDevice = try await hub.path(of: "GetDevice", "/sys/devices/virtual/net/vnet7")
    let block = try await hub.path(of: "GetDevice", "/sys/devices/virtual/block/\(disk.name)")
    let used = [block, tapDevice, tap].sorted()
    try await hub.property(machine, "HostDevices", becomes: used)
    for (path, interface) in [(tap, "Link"), (tapDevice, "Device"), (block, "Device")] {
      #expect(try await hub.property(path, interface, "VMs").array?.compactMap(\.string) == [machine])
    }

    var place = hub.place
    try await host.namespace.ip("link set vnet7 mtu 1400")
    let link = try await hub.signal("link.mtu-changed", from: place, about: tap)
    #expect(link[4]["vms"]?["data"]?.array?.compactMap(\.string) == [machine])
    place = hub.place
    try disk.change()
    let device = try await hub.signal("device.changed", from: place, about: block)
    #expect(device[4]["vms"]?["data"]?.array?.compactMap(\.string) == [machine])

    // It ends, and uses nothing any more.
    place = hub.place
    try await qemu.quit()
    try await hub.signal("vm.stopped", from: place, about: machine)
    try await hub.property(machine, "HostDevices", becomes: [])
    #expect(try await hub.property(block, "Device", "VMs").array?.isEmpty == true)
  }
}

/// A disk of the host: a loop device over a file.
private final class LoopDisk: Sendable {
  let node: String
  private let directory: TemporaryDirectory

  var name: String { String(node.dropFirst("/dev/".count)) }

  init() async throws {
    directory = try TemporaryDirectory()
    let made = try await runTool(
      "sh", "-c", "truncate -s 1M \(directory.file("disk")) && losetup --find --show \(directory.file("disk"))")
    node = made.output.trimmingCharacters(in: .whitespacesAndNewlines)
    try #require(made.isSuccess && node.hasPrefix("/dev/loop"), "\(made)")
  }

  deinit {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/sbin/losetup")
    process.arguments = ["--detach", node]
    // A device that is still used is let go with its last user.
    if (try? process.run()) != nil { process.waitUntilExit() }
  }

  /// Makes the kernel say that something about it changed.
  func change() throws {
    try "change".write(toFile: "/sys/block/\(name)/uevent", atomically: false, encoding: .utf8)
  }
}

extension RunningHub {
  /// Waits until a property of a machine is a list; the first look after each change of it.
  fileprivate func property(_ path: String, _ name: String, becomes wanted: [String]) async throws {
    var place = 0
    while try await property(path, "VM", name).array?.compactMap(\.string) != wanted {
      let from = place
      place = self.place
      try await line(containing: "\"\(name)\"", from: from)
    }
  }
}
