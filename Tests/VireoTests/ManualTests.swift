// SPDX-License-Identifier: Apache-2.0
// The manual: it says what the programs do, and its examples work.

import EventModel
import Foundation
import TestSupport
import Testing

@Suite("the manual", .timeLimit(.minutes(5)))
struct ManualTests {
  static let pages = ["vireo.1", "vireod.8", "vireo.yaml.5", "org.vireo.Hub1.5", "vireo.events.7", "vireo.metrics.7"]

  @Test func `the committed pages are what the generator writes`() async throws {
    let directory = try TemporaryDirectory()
    let programs = URL(filePath: try Repository.program("vireo")).deletingLastPathComponent().path
    let result = try await runTool(
      try Repository.program("manual"), Repository.file("Documentation/Templates"),
      Repository.file("DBusPolicy/interfaces"), programs, directory.path)
    try #require(result.isSuccess, "\(result)")
    for page in Self.pages {
      let written = try String(contentsOfFile: directory.file(page), encoding: .utf8)
      let committed = try Repository.text(of: "Documentation/man/\(page)")
      #expect(written == committed, "Documentation/man/\(page) is old; run `make manual`")
    }
    let all = try FileManager.default.contentsOfDirectory(atPath: Repository.file("Documentation/man"))
    #expect(Set(all) == Set(Self.pages))
  }

  @Test(.needs(.program("groff")), arguments: ManualTests.pages)
  func `groff formats each page without a warning`(page: String) async throws {
    let file = Repository.file("Documentation/man/\(page)")
    let result = try await runTool("groff", "-man", "-Tutf8", "-Kutf8", "-ww", "-z", file)
    #expect(result.isSuccess && result.errors.isEmpty, "\(result)")
    // A line that is too long for groff to break is no warning of the parser, but one of the formatter.
    let text = try await runTool("groff", "-man", "-Tutf8", "-Kutf8", "-ww", file)
    #expect(text.errors.isEmpty, "\(text.errors)")
  }

  @Test func `every kind, every setting and every command has its place`() throws {
    let events = try Repository.text(of: "Documentation/man/vireo.events.7")
    for kind in EventKind.allCases {
      let name = kind.rawValue.split(separator: "-").joined(separator: "\\-")
      #expect(events.contains("\n\\fB\(name)\\fR\n"), "\(kind.rawValue)")
    }
  }

  /// The examples of a page, as somebody would type them.
  static func examples(of page: String) throws -> [String] {
    let text = try Repository.text(of: "Documentation/man/\(page)")
    let section = text.components(separatedBy: ".SH EXAMPLES").dropFirst().first?.components(separatedBy: ".SH ").first
    return (section ?? "").split(separator: "\n").filter { $0.hasPrefix("$ ") }.map {
      $0.dropFirst(2).replacingOccurrences(of: "\\-", with: "-").replacingOccurrences(of: "\\e", with: "\\")
    }
  }

  @Test(
    .needs(.root, .program("dbus-daemon"), .program("jq"), .program("systemd-stdio-bridge"), .program("busctl")),
    arguments: ["vireo.1", "org.vireo.Hub1.5"])
  func `the examples work`(page: String) async throws {
    let examples = try Self.examples(of: page)
    #expect(examples.count >= 3)
    let hub = try await TestHub()
    let place = try await ToolPlace(hub)
    await hub.addMachine("web01", [.agentState: "connected"])
    await hub.publish(.vmAgentConnected)
    for example in examples {
      let command = example.replacingOccurrences(of: "/var/lib/misc", with: place.directory.path)
      if command.hasPrefix("vireo monitor") {
        let monitor = try place.start(command)
        while monitor.output.count == 0, monitor.isRunning {
          await hub.publish(.vmBlockIOError)
          _ = try? await monitor.output.atLeast(1, within: .milliseconds(50))
        }
        #expect(monitor.output.count > 0, "\(example): \(monitor.errorText)")
        try await monitor.kill()
      } else {
        let result = try await place.run(command)
        #expect(result.isSuccess, "\(example): \(result)")
        #expect(result.errors.isEmpty, "\(example): \(result)")
      }
    }
  }
}
