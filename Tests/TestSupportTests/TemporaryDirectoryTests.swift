// SPDX-License-Identifier: Apache-2.0
// A directory is there as long as somebody holds it.

import Foundation
import TestSupport
import Testing

@Suite struct TemporaryDirectoryTests {
  @Test func `a directory goes with all it holds when the last reference goes`() throws {
    let path: String
    do {
      let directory = try TemporaryDirectory()
      path = directory.path
      try directory.write("text", to: "file")
      #expect(try directory.directory("inner") == "\(path)/inner")
      #expect(FileManager.default.fileExists(atPath: "\(path)/file"))
    }
    #expect(!FileManager.default.fileExists(atPath: path))
  }

  @Test func `everyone may look into it, and a socket's path fits`() async throws {
    let directory = try TemporaryDirectory()
    try directory.write("text", to: "file")
    let result = try await runTool("cat", directory.file("file"), user: .nobody)
    #expect(result.output == "text")
    #expect(directory.file(String(repeating: "x", count: 70)).utf8.count < 108)
  }
}
