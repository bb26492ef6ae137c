// SPDX-License-Identifier: Apache-2.0
// What the documents point to is there.

import Foundation
import TestSupport
import Testing

@Suite struct LinkTests {
  @Test(arguments: [
    "README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "Documentation/configuration.md",
  ])
  func `every link to a file of the repository leads somewhere`(_ document: String) throws {
    for match in try Repository.text(of: document).matches(of: /\]\(([^)#:]+)\)/) {
      let target = String(match.output.1)
      #expect(FileManager.default.fileExists(atPath: Repository.file(target)), "\(target)")
    }
  }

  @Test func `every target of the Makefile that the documents name exists`() throws {
    let makefile = try Repository.text(of: "Makefile")
    for document in ["README.md", "CONTRIBUTING.md"] {
      for match in try Repository.text(of: document).matches(of: /`?make ([a-z-]+)`/) {
        #expect(makefile.contains("\n\(match.output.1):"), "make \(match.output.1)")
      }
    }
  }

  @Test func `the map names every target of the package`() async throws {
    let map = try Repository.text(of: "ARCHITECTURE.md")
    let folders = try FileManager.default.contentsOfDirectory(atPath: Repository.file("Sources"))
    for target in folders.sorted() { #expect(map.contains("`\(target)`"), "\(target)") }
  }
}
