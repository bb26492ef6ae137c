// SPDX-License-Identifier: Apache-2.0
// What a machine lacks is found, and named.

import Foundation
import TestSupport
import Testing

@Suite struct RequirementTests {
  @Test func `what is there is met, and what is not is not`() {
    #expect(Requirement.program("sh").isMet)
    #expect(!Requirement.program("no-such-program").isMet)
    #expect(Requirement.file("/proc/self/exe").isMet)
    #expect(!Requirement.file("/no/such/file").isMet)
    #expect(Requirement.probe("a shell", "true").isMet)
    #expect(!Requirement.probe("nothing", "false").isMet)
  }

  @Test func `each test that lacks something leaves a line with its name and what it lacks`() throws {
    let directory = try TemporaryDirectory()
    let file = try directory.write("", to: "absent")
    Requirement.program("no-such-program").reportAbsent(for: "the first test", to: file)
    Requirement.probe("vlan devices", "false").reportAbsent(for: "the second test", to: file)
    let lines = try String(contentsOfFile: file, encoding: .utf8)
    #expect(lines == "program no-such-program: the first test\nvlan devices: the second test\n")
  }

  @Test func `the dependencies that the script lists are those that it installs, each once`() async throws {
    let all = try await runTool(Repository.file("Scripts/install-dependencies"), "--list")
    #expect(all.isSuccess)
    #expect(all.lines.count == Set(all.lines).count)
    #expect(Set(all.lines).isSuperset(of: ["libdbus-1-dev", "dbus-broker", "qemu-system-x86", "libxml2-utils"]))
    let wrong = try await runTool(Repository.file("Scripts/install-dependencies"), "--list", "nonsense")
    #expect(wrong.status == .exited(2))
  }
}
