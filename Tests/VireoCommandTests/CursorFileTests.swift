// SPDX-License-Identifier: Apache-2.0
// The cursor in a file.

import EventModel
import Foundation
import Testing
import VireoCommand

@Suite struct CursorFileTests {
  private let directory: URL

  init() throws {
    directory = FileManager.default.temporaryDirectory.appending(path: "vireo-cursor-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: false)
  }

  private func remove() {
    // What remains of a failed test is under the system's directory for temporary files.
    try? FileManager.default.removeItem(at: directory)
  }

  private var path: String { directory.appending(path: "cursor").path }

  @Test func `a cursor comes back as it was written`() throws {
    defer { remove() }
    let file = CursorFile(path)
    #expect(try file.read() == nil)
    for sequence in [1, 104_217, UInt64.max] {
      let cursor = try Cursor(instance: #require(InstanceID(Sample.instance)), sequence: sequence)
      try file.write(cursor)
      #expect(try file.read() == cursor)
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path) == ["cursor"])
  }

  @Test(arguments: ["x", "0123:7", "\u{1B}[2J", "0123456789abcdef0123456789abcdef:-1"])
  func `a file that holds something else is refused, and stays`(text: String) throws {
    defer { remove() }
    try Data(text.utf8).write(to: URL(filePath: path))
    let error = #expect(throws: CursorFileError.self) { try CursorFile(path).read() }
    #expect(error?.description.contains("holds no cursor") == true)
    #expect(try Data(contentsOf: URL(filePath: path)) == Data(text.utf8))
  }

  @Test func `a file that cannot be written says why`() throws {
    defer { remove() }
    let file = CursorFile(directory.appending(path: "no/such/cursor").path)
    let cursor = try Cursor(instance: #require(InstanceID(Sample.instance)), sequence: 1)
    let error = #expect(throws: CursorFileError.self) { try file.write(cursor) }
    #expect(error?.description.contains("No such file or directory") == true)
  }
}
