// SPDX-License-Identifier: Apache-2.0
// Where the files under test are.

import Foundation

/// The checkout that the tests were built from.
public enum Repository {
  /// Its root.
  public static let root: String = {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().resolvingSymlinksInPath()
    return folder.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path
  }()

  /// The path of a file in it.
  public static func file(_ path: String) -> String { "\(root)/\(path)" }

  /// A file's text.
  public static func text(of path: String) throws -> String {
    try String(contentsOfFile: file(path), encoding: .utf8)
  }

  /// A program of ours, built beside the running tests.
  ///
  /// Errors: ``MissingProgram`` when it has not been built.
  public static func program(_ name: String) throws -> String {
    let tests = URL(fileURLWithPath: CommandLine.arguments[0])
    let candidates = [tests.deletingLastPathComponent(), Bundle.main.bundleURL]
    for folder in candidates {
      let path = folder.appendingPathComponent(name).path
      if FileManager.default.isExecutableFile(atPath: path) { return path }
    }
    throw MissingProgram(name: name)
  }
}
