// SPDX-License-Identifier: Apache-2.0
// vireo completion: the scripts, run by the shells they are for.

import Foundation
import TestSupport
import Testing

@Suite(
  "vireo completion", .needs(.root, .program("dbus-daemon"), .program("zsh"), .program("fish")), .timeLimit(.minutes(5))
)
struct CompletionTests {
  /// What a shell offers for a line: bash and fish tell it without a terminal.
  private static let questions = [
    "bash": """
    source <(vireo completion bash)
    COMP_WORDS=(@WORDS@); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); COMP_LINE="${COMP_WORDS[*]}"; COMP_POINT=${#COMP_LINE}
    _vireo vireo "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"
    printf '%s\\n' "${COMPREPLY[@]}"
    """,
    "fish": "vireo completion fish | source; complete --do-complete '@LINE@'",
  ]

  @Test(arguments: ["bash", "zsh", "fish"])
  func `the script is what its shell understands`(shell: String) async throws {
    let result = try await runTool(try Repository.program("vireo"), "completion", shell)
    #expect(result.isSuccess && result.output.contains("monitor"))
    let directory = try TemporaryDirectory()
    let check = try await runTool(shell, "-n", try directory.write(result.output, to: "completion"))
    #expect(check.isSuccess && check.errors.isEmpty, "\(check)")
  }

  @Test(arguments: ["bash", "fish"])
  func `commands, options and the names of VMs and kinds are offered`(shell: String) async throws {
    let hub = try await TestHub()
    await hub.addMachine("web01")
    let place = try await ToolPlace(hub)
    func offered(_ line: String) async throws -> String {
      let words = line.split(separator: " ").joined(separator: " ") + (line.hasSuffix(" ") ? " \"\"" : "")
      let script = (Self.questions[shell] ?? "").replacingOccurrences(of: "@WORDS@", with: words)
        .replacingOccurrences(of: "@LINE@", with: line)
      let file = try place.directory.write(script, to: "question-\(shell)")
      let result = try await place.run("\(shell) \(file)")
      #expect(result.errors.isEmpty, "\(result)")
      return result.output
    }
    #expect(try await offered("vireo mon").contains("monitor"))
    #expect(try await offered("vireo log --after").contains("--after-cursor"))
    #expect(try await offered("vireo why ").contains("web01"))
    #expect(try await offered("vireo log --vm ").contains("web01"))
    #expect(try await offered("vireo log --type vm.watch").contains("vm.watchdog"))
  }

  @Test func `another shell is refused`() async throws {
    let result = try await runTool(try Repository.program("vireo"), "completion", "csh")
    #expect(result.status == .exited(64))
  }
}
