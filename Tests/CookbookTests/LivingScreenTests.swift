// SPDX-License-Identifier: Apache-2.0
// vireo top on a host with real QEMUs that work.

import Foundation
import TestSupport
import Testing

@Suite(
  "vireo top and real work",
  .needs(
    .root, .mountNamespaces, .qemu, .program("dbus-daemon"), .program("ip"), .program("nsenter"), .program("setsid"),
    .probe("network namespaces", "unshare --mount --net mount -t sysfs sysfs /sys")),
  .timeLimit(.minutes(5)))
struct LivingScreenTests {
  @Test func `a block job has a bar until it ends`() async throws {
    let host = try await CookbookHost()
    let vm = try await host.machine("db1")
    let terminal = try host.terminal("top")
    try await terminal.screen("the machine") { screen in
      screen.lines.contains { $0.hasPrefix("db1 ") && $0.contains("running") && $0.contains("vm.state.running") }
    }
    for node in ["source", "target"] {
      try await vm.execute(
        "blockdev-add", ["driver": "null-co", "node-name": .string(node), "size": 1_073_741_824])
    }
    try await vm.execute(
      "blockdev-mirror",
      ["job-id": "copy", "device": "source", "target": "target", "sync": "full", "speed": 16_777_216])
    try await terminal.screen("the bar") { screen in
      screen.lines.contains { line in
        line.hasPrefix("  mirror copy") && line.contains("[#") && line.contains("to do") && line.contains("MiB/s")
      }
    }
    try await vm.execute("block-job-cancel", ["device": "copy", "force": true])
    try await terminal.screen("no bar") { screen in
      screen.shows("vm.block-job.cancelled") && !screen.lines.contains { $0.hasPrefix("  mirror copy") }
    }
    try await vm.process.kill()
    try await terminal.screen("the end of the machine") { screen in
      screen.lines.contains { $0.hasPrefix("db1 ") && $0.contains("stopped") && $0.contains("vm.stopped") }
    }
    terminal.type("q")
    #expect(try await terminal.process.exit() == .exited(0))
    #expect(terminal.now.unknown.isEmpty)
  }

  @Test func `a migration has a bar with the downtime that QEMU expects`() async throws {
    let host = try await CookbookHost()
    // Memory that is not empty: pages of zeros cost no bandwidth.
    let content = host.directory.file("content")
    let page = [UInt8](repeating: 0xA5, count: 4096)
    try Data((0..<6144).flatMap { number in page.dropLast() + [UInt8(truncatingIfNeeded: number) | 1] })
      .write(to: URL(filePath: content))
    let vm = try await host.machine(
      "web01", machine: "pc",
      [
        "-S", "-accel", "tcg", "-m", "32", "-device", "loader,file=\(content),addr=0x400000,force-raw=on",
      ])
    let terminal = try host.terminal("top")
    try await terminal.screen("the machine") { screen in screen.lines.contains { $0.hasPrefix("web01 ") } }
    try await vm.execute("migrate-set-parameters", ["max-bandwidth": 2_097_152])
    try await vm.execute("migrate", ["uri": "exec:cat >/dev/null"])
    try await terminal.screen("the bar") { screen in
      screen.lines.contains { line in
        line.hasPrefix("  migration") && line.contains("[#") && line.contains("to do") && line.contains("downtime")
      }
    }
    try await vm.execute("migrate_cancel")
    try await terminal.screen("no bar") { screen in !screen.lines.contains { $0.hasPrefix("  migration") } }
    terminal.type("q")
    #expect(try await terminal.process.exit() == .exited(0))
  }
}
