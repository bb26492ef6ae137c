// SPDX-License-Identifier: Apache-2.0
// A real Linux guest with a real agent, in a real QEMU that dials the hub with its monitor and with the agent's channel.

import Foundation
import TestSupport
import Testing

/// A small Linux guest under emulation, driven through its serial line.
final class LinuxGuest: Sendable {
  /// Where `Scripts/prepare-guest` put the kernel and the initial file system.
  static let directory = Repository.root + "/.build/guest"
  /// What that wrote last.
  static let image = directory + "/initrd.gz"

  let qemu: TestQEMU

  /// Starts one: booted, or, given where a saved one lies, as it was when it was saved.
  init(monitor: String, agent: String, restoredFrom saved: String? = nil) async throws {
    let boot = Self.directory + "/root/boot"
    let kernel = try #require(
      try FileManager.default.contentsOfDirectory(atPath: boot).first { $0.hasPrefix("vmlinuz-") })
    let reconnect = try await TestQEMU.reconnectOption()
    var arguments = [
      "-accel", "tcg", "-m", "128", "-kernel", "\(boot)/\(kernel)", "-initrd", Self.image, "-append",
      "console=ttyS0 panic=0 quiet mitigations=off tsc=reliable no_timer_check", "-serial", "stdio", "-device",
      "virtio-serial-pci", "-chardev", "socket,id=ga,path=\(agent),\(reconnect)", "-device",
      "virtserialport,chardev=ga,name=org.qemu.guest_agent.0,id=agent0", "-netdev", "user,id=n0,restrict=on", "-device",
      "virtio-net-pci,netdev=n0,romfile=", "-device", "virtio-balloon-pci",
    ]
    if let saved { arguments += ["-incoming", "exec:cat \(saved)"] }
    var options = TestQEMU.Options(name: "guest", machine: "q35", monitors: [.dials(monitor)], arguments: arguments)
    options.hasInput = true
    qemu = try await TestQEMU(options)
    if saved == nil { try await line("guest: ready", from: 0, within: Patience.standard * 4) }
  }

  /// Waits for a line of the guest.
  private func line(_ text: String, from start: Int, within limit: Duration = Patience.standard) async throws {
    try await qemu.process.output.first(text, from: start, within: limit) { $0.contains(text) }
  }

  /// Runs a command in the guest.
  func run(_ command: String) async throws {
    let start = qemu.process.output.count
    try qemu.process.write(command + "\n")
    try await line("guest: done", from: start)
  }

  /// Saves the guest's state to a file; QEMU stays, stopped.
  func save(to path: String) async throws {
    try await qemu.execute("stop")
    try await qemu.execute("migrate", ["uri": .string("exec:cat > \(path)")])
    try await qemu.events.first("the end of the migration") { event in
      event.name == "MIGRATION" && event.data["status"]?.string == "completed"
    }
  }
}
