// SPDX-License-Identifier: Apache-2.0
// A guest with a network card that has virtual functions, and our sources in it.

import Foundation
import TestSupport
import Testing

/// A guest with an emulated Intel 82576 (`-device igb`), whose first program is the probe on the serial line.
final class SRIOVGuest: Sendable {
  /// Where `Scripts/prepare-sriov` put QEMU, kernel and initial file system.
  static let directory = ProcessInfo.processInfo.environment["VIREO_SRIOV"] ?? ""

  let process: ChildProcess

  /// Boots; the sources have seen what there is when this returns.
  init() async throws {
    let root = Self.directory + "/root"
    let kernel = try #require(
      try FileManager.default.contentsOfDirectory(atPath: root + "/boot").first { $0.hasPrefix("vmlinuz-") })
    process = try ChildProcess(
      root + "/usr/bin/qemu-system-x86_64",
      [
        "-L", root + "/usr/share/qemu", "-L", "/usr/share/seabios", "-M", "q35", "-accel", "tcg", "-nodefaults",
        "-no-user-config", "-display", "none", "-m", "384", "-kernel", "\(root)/boot/\(kernel)", "-initrd",
        Self.directory + "/initrd.gz", "-append", "console=ttyS1 panic=-1 quiet no_timer_check pci=realloc", "-serial",
        "stdio", "-chardev", "file,id=console,path=\(Self.directory)/console.log", "-serial", "chardev:console",
        "-device", "pcie-root-port,id=rp0,slot=1", "-netdev", "user,id=n0,restrict=on", "-device",
        "igb,netdev=n0,bus=rp0,romfile=",
      ], options: .init(hasInput: true))
    try await event("source.up", "rtnetlink", within: Patience.standard * 4)
    // There is no udevd in it.
    try await event("source.degraded", "udev")
  }

  var place: Int { process.output.count }

  /// Waits for a line.
  @discardableResult
  func event(
    _ kind: String, _ name: String? = nil, from start: Int = 0, within limit: Duration = Patience.standard,
    where matches: @escaping @Sendable (TestJSON) -> Bool = { _ in true }
  ) async throws -> TestJSON {
    @Sendable func isMeant(_ line: String) -> TestJSON? {
      guard let json = try? TestJSON(parsing: line.trimmingCharacters(in: .whitespacesAndNewlines)),
        json["kind"]?.string == kind, name == nil || json["name"]?.string == name, matches(json)
      else { return nil }
      return json
    }
    let line = try await process.output.first("\(kind) \(name ?? "")", from: start, within: limit) {
      isMeant($0) != nil
    }
    return try #require(isMeant(line))
  }

  /// Runs a command in the guest.
  func run(_ command: String) async throws {
    let start = place
    try process.write("run \(command)\n")
    let ran = try await event("ran", from: start)
    #expect(ran["status"] == .int(0), "\(command)")
  }

  /// Sets something up about a function; gives the error, empty when there was none.
  func set(_ command: String) async throws -> String {
    let start = place
    try process.write(command + "\n")
    return try await event("answer", from: start)["error"]?.string ?? ""
  }

  /// The object of a link by its name.
  func link(_ name: String) async throws -> TestJSON? {
    let start = place
    try process.write("objects\n")
    let line = try await event("objects", from: start)
    guard case .array(let objects) = line["objects"] else { return nil }
    return objects.first { $0["Name"]?.string == name && $0["Index"] != nil }
  }
}
