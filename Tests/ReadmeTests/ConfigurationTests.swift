// SPDX-License-Identifier: Apache-2.0
// The page about the configuration and the list of settings are one, and its examples are right.

import Settings
import TestSupport
import Testing

@Suite struct ConfigurationTests {
  private let page = "Documentation/configuration.md"

  @Test func `the page lists every setting with its default, whether it reloads, and its meaning`() throws {
    let rows = try Repository.text(of: page).split(separator: "\n").filter { $0.hasPrefix("| `") }.map(String.init)
    let listed = SettingKey.all.map { key in
      let standard = key.standard.isEmpty ? "" : "`\(key.standard)`"
      return "| `\(key.name)` | \(standard) | \(key.isReloadable ? "yes" : "") | \(key.meaning) |"
    }
    #expect(rows == listed)
  }

  @Test(arguments: ["README.md", "Documentation/configuration.md"])
  func `the examples are accepted by the daemon`(_ document: String) async throws {
    let examples = try Repository.text(of: document).matches(of: /```yaml\n([\s\S]*?)```/).map { String($0.output.1) }
    #expect(!examples.isEmpty)
    let directory = try TemporaryDirectory()
    for example in examples {
      let file = try directory.write(example, to: "vireo.yaml")
      let result = try await runTool(try Repository.program("vireod"), "--check-config", "--config", file)
      #expect(result.isSuccess, "\(result)")
    }
  }

  @Test func `a key that is not in the list is refused with its line`() async throws {
    let directory = try TemporaryDirectory()
    let file = try directory.write("log-level: info\nlog-levle: info\n", to: "vireo.yaml")
    let result = try await runTool(try Repository.program("vireod"), "--check-config", "--config", file)
    #expect(!result.isSuccess)
    #expect(result.errors.contains("log-levle") && result.errors.contains("2"), "\(result)")
  }
}
