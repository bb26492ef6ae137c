// SPDX-License-Identifier: Apache-2.0
// `make run`, as a newcomer sees it.

import Foundation
import TestSupport
import Testing

@Suite(.needs(.qemu, .program("dbus-daemon"), .program("busctl"), .program("dbus-send"), .program("python3")))
struct DemoTests {
  @Test func `the demonstration shows a VM's life, says why it ended, and leaves nothing behind`() async throws {
    let demo = try makeDemo("--once")
    #expect(try await demo.exit(within: .seconds(120)) == .exited(0), "\(demo.outputText)\(demo.errorText)")
    let output = demo.outputText
    for kind in ["vm.state.running", "vm.state.paused", "vm.reset", "vm.stopped", "host-qmp-quit"] {
      #expect(output.contains(kind), "\(kind) in \(output)")
    }
    try expectNothing(of: demo)
  }

  @Test func `an interrupt ends everything that the demonstration started`() async throws {
    let demo = try makeDemo()
    try await demo.output.first("the end of the tour", within: .seconds(120)) { $0.contains("Ctrl-C ends it") }
    // As a terminal does it: the whole group gets the signal.
    demo.signalGroup(SIGINT)
    #expect(try await demo.exit() == .exited(130))
    try expectNothing(of: demo)
  }

  private func makeDemo(_ arguments: String...) throws -> ChildProcess {
    let vireod = try Repository.program("vireod")
    return try ChildProcess(
      Repository.file("Scripts/run-demo"), arguments, options: .init(environment: ["VIREOD": vireod]))
  }

  /// Neither a process that knows its directory nor the directory is left.
  private func expectNothing(of demo: ChildProcess) throws {
    let match = try #require(demo.outputText.firstMatch(of: /unix:path=(\/tmp\/vireo-demo-[A-Za-z0-9]+)\//))
    let directory = String(match.output.1)
    #expect(!FileManager.default.fileExists(atPath: directory))
    for process in try FileManager.default.contentsOfDirectory(atPath: "/proc") where Int(process) != nil {
      // A process that is gone by now has nothing to say.
      let command = FileManager.default.contents(atPath: "/proc/\(process)/cmdline") ?? Data()
      #expect(!String(decoding: command, as: UTF8.self).contains(directory))
    }
  }
}
