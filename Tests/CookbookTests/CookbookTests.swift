// SPDX-License-Identifier: Apache-2.0
// The ten recipes of the README, played against real QEMUs and real links.

import Foundation
import TestSupport
import Testing

@Suite(
  "the cookbook",
  .needs(
    .root, .mountNamespaces, .qemu, .program("dbus-daemon"), .program("ip"), .program("nsenter"), .program("jq"),
    .probe("network namespaces", "unshare --mount --net mount -t sysfs sysfs /sys")),
  .timeLimit(.minutes(5)))
struct CookbookTests {
  /// A PC without a guest: its firmware runs, and does what a test tells it by the human monitor.
  private let firmware = ["-accel", "tcg", "-m", "16"]

  @Test func `1: who stopped this VM?`() async throws {
    let host = try await CookbookHost()
    let vm = try await host.machine("web01")
    try await host.play("stopped") {
      vm.process.signal(SIGTERM)
      try await vm.process.exit()
      try await host.happened("web01", "vm.stopped")
    }
  }

  @Test func `2: act on the panic of a guest`() async throws {
    let host = try await CookbookHost()
    let vm = try await host.machine("win7", machine: "pc", firmware + ["-device", "pvpanic", "-action", "panic=pause"])
    try await host.play("panic") {
      try await vm.human("o /b 0x505 1")
      try await host.happened("win7", "vm.state.guest-panicked")
    }
  }

  @Test func `3: a full disk stops a VM`() async throws {
    let host = try await CookbookHost()
    let file = host.directory.file("db1.img")
    // A boot sector that writes itself back (INT 13h, function 3) and halts.
    let code: [UInt8] = [
      0xB8, 0x01, 0x03, 0xBB, 0x00, 0x7C, 0xB9, 0x01, 0x00, 0xBA, 0x80, 0x00, 0xCD, 0x13, 0xF4, 0xEB, 0xFD,
    ]
    let sector = code + [UInt8](repeating: 0, count: 510 - code.count) + [0x55, 0xAA]
    try Data(sector + [UInt8](repeating: 0, count: 1 << 20)).write(to: URL(filePath: file))
    let full = #"{"event":"none","iotype":"write","errno":28,"once":true}"#
    let vm = try await host.machine(
      "db1", machine: "pc",
      firmware + [
        "-blockdev",
        #"{"driver":"blkdebug","node-name":"full","image":{"driver":"file","filename":"\#(file)"},"inject-error":[\#(full)]}"#,
        "-blockdev", "driver=raw,node-name=data,file=full",
        "-device", "virtio-blk-pci,id=virtio0,drive=data,werror=stop,bootindex=0", "-S",
      ])
    try await host.play("disk") {
      try await vm.execute("cont")
      try await host.happened("db1", "vm.state.io-error")
      try await vm.execute("cont")
      try await host.happened("db1", "vm.state.running")
    }
  }

  @Test func `4: a watchdog fired`() async throws {
    let host = try await CookbookHost()
    let vm = try await host.machine(
      "app1", machine: "pc", firmware + ["-device", "ib700", "-action", "watchdog=pause"])
    try await host.play("watchdog") {
      try await vm.human("o /b 0x443 0x0f")
      try await host.happened("app1", "vm.state.watchdog")
    }
  }

  @Test(.needs(.program("qemu-ga"))) func `5: wait for a VM in a script`() async throws {
    let host = try await CookbookHost { "monitors: {web01: {monitor: \($0)/web01.qmp, agent: \($0)/web01.qga}}\n" }
    let directory = host.directory
    var vm: TestQEMU?
    var agent: ChildProcess?
    try await host.play("ready") {
      vm = try await host.machine("web01", listensAt: directory.file("web01.qmp"))
      // The real agent, on a socket of this host in the place of one that leads into a guest.
      agent = try ChildProcess(
        "qemu-ga",
        [
          "--method=unix-listen", "--path=\(directory.file("web01.qga"))", "-t", directory.path,
          "-f", directory.file("agent.pid"),
        ])
    }
    _ = (vm, agent)
  }

  @Test func `6: follow a migration`() async throws {
    let host = try await CookbookHost()
    let vm = try await host.machine("web01", machine: "pc", firmware)
    try await host.play("migration") {
      let events: TestJSON = ["capability": "events", "state": true]
      try await vm.execute("migrate-set-capabilities", ["capabilities": [events]])
      try await vm.execute("migrate", ["uri": "exec:cat >/dev/null"])
      try await host.happened("web01", "vm.state.postmigrate")
    }
  }

  @Test func `7: a link went down, and whom it hits`() async throws {
    let host = try await CookbookHost()
    try await host.network.ip("link add br0 type bridge")
    try await host.network.ip("tuntap add vnet0 mode tap")
    try await host.network.ip("link set vnet0 master br0 up")
    let vm = try host.network.start(
      "qemu-system-x86_64",
      [
        "-name", "web01", "-M", "pc", "-nodefaults", "-display", "none", "-no-user-config", "-S",
        "-netdev", "tap,id=net0,ifname=vnet0,script=no,downscript=no", "-device", "virtio-net-pci,netdev=net0",
        "-chardev", "socket,id=vireo,path=\(host.socket),reconnect=2", "-mon", "chardev=vireo,mode=control",
      ])
    defer { vm.signal(SIGKILL) }
    try await host.happened("web01", "vm.added")
    let joined = try await host.run("until vireo show link/vnet0 -P VMs | grep -q web01; do :; done")
    try #require(joined.isSuccess)
    try await host.play("link") { try await host.network.ip("link set vnet0 down") }
  }

  @Test func `8: a device was plugged in`() async throws {
    let host = try await CookbookHost()
    try await host.play("device") {
      try await host.network.ip("tuntap add usb0 mode tap")
      try await host.network.ip("tuntap del usb0 mode tap")
    }
  }

  @Test func `9: a memory error hit a guest`() async throws {
    let host = try await CookbookHost()
    let vm = try await host.machine("db1", machine: "pc", firmware)
    try await host.play("memory") { try await vm.human("mce 0 0 0xb000000000000000 0 0 0") }
  }

  @Test func `10: what happened last night`() async throws {
    let host = try await CookbookHost()
    let web = try await host.machine("web01")
    let database = try await host.machine("db1")
    for _ in 0..<3 {
      try await database.execute("stop")
      try await database.execute("cont")
    }
    try await web.execute("system_reset")
    try await database.process.kill()
    try await host.happened("db1", "vm.stopped")
    try await host.play("night") {}
    _ = web
  }
}
