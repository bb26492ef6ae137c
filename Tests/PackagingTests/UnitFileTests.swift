// SPDX-License-Identifier: Apache-2.0
// What systemd itself says of the units.

import TestSupport
import Testing

@Suite(.needs(.program("systemd-analyze"))) struct UnitFileTests {
  private static let folder = "Packaging/systemd"
  private static let units = ["vireod.service", "vireo-metrics.service", "vireo-metrics.timer"]

  @Test func `systemd understands every line of every unit`() async throws {
    let directory = try TemporaryDirectory()
    var files: [String] = []
    for unit in Self.units {
      // Where nothing is installed, the programs are those that were built here.
      let text = try Repository.text(of: "\(Self.folder)/\(unit)")
        .replacing("/usr/sbin/vireod", with: try Repository.program("vireod"))
        .replacing("/usr/bin/vireo ", with: "\(try Repository.program("vireo")) ")
      files.append(try directory.write(text, to: unit))
    }
    let result = try await runTool("systemd-analyze", arguments: ["verify", "--man=no"] + files)
    // An unknown key is no failure for it, so what it says counts.
    #expect(result.isSuccess && result.errors.isEmpty, "\(result)")
  }

  @Test(arguments: units.filter { $0.hasSuffix(".service") })
  func `the exposure of a service is below 2`(_ unit: String) async throws {
    let result = try await runTool(
      "systemd-analyze", "security", "--offline=true", "--no-pager", "--threshold=19",
      Repository.file("\(Self.folder)/\(unit)"))
    #expect(result.isSuccess, "\(result)")
  }
}
