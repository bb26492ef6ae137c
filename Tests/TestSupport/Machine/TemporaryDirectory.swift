// SPDX-License-Identifier: Apache-2.0
// A directory that goes away with its test.

import Foundation

/// A fresh directory under `/tmp`, readable by everyone (an unprivileged test user must reach a socket in it),
/// removed with all it holds when the last reference goes.
///
/// Its path is short, since a socket's path has 107 bytes.
public final class TemporaryDirectory: Sendable {
  /// Its path.
  public let path: String

  /// Makes one.
  public init() throws {
    path = "/tmp/vireo-test-\(UUID().uuidString.prefix(13).lowercased())"
    try FileManager.default.createDirectory(
      atPath: path, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o755])
  }

  deinit {
    // A directory that is gone already is what we want.
    try? FileManager.default.removeItem(atPath: path)
  }

  /// The path of something in it.
  public func file(_ name: String) -> String { "\(path)/\(name)" }

  /// Writes a file in it and gives its path.
  @discardableResult
  public func write(_ text: String, to name: String) throws -> String {
    let path = file(name)
    try text.write(toFile: path, atomically: false, encoding: .utf8)
    return path
  }

  /// Makes a directory in it and gives its path.
  public func directory(_ name: String) throws -> String {
    let path = file(name)
    try FileManager.default.createDirectory(
      atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
    return path
  }
}
