// SPDX-License-Identifier: Apache-2.0
// A directory that goes away with its test.

import Foundation

/// A fresh directory under `/tmp`, readable by everyone, removed with all it holds when the last reference goes.
///
/// An unprivileged test user must reach a socket in it, and its path is short, since a socket's path has 107 bytes. What
/// a process that is just being killed still writes into it is removed at the end of the test process, and what a
/// test process that was itself killed left, by a later one.
public final class TemporaryDirectory: Sendable {
  /// Its path.
  public let path: String

  private static let parent = "/tmp"
  private static let prefix = "vireo-test-"
  private static let tidying: Void = {
    removeForgotten()
    ControlGroup.removeForgotten()
    AtExit.register { TemporaryDirectory.removeOwn() }
  }()

  /// Makes one.
  public init() throws {
    Self.tidying
    path = "\(Self.parent)/\(Self.prefix)\(getpid())-\(UUID().uuidString.prefix(8).lowercased())"
    try FileManager.default.createDirectory(
      atPath: path, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o755])
  }

  deinit {
    // What is gone already is what we want, and what is written to this moment is removed at the end.
    try? FileManager.default.removeItem(atPath: path)
  }

  /// The directories that are there, with the process that made each.
  private static func existing() -> [(path: String, owner: Int32)] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: parent)) ?? []
    return names.filter { $0.hasPrefix(prefix) }.compactMap { name in
      let owner = name.dropFirst(prefix.count).split(separator: "-").first.flatMap { Int32($0) }
      return owner.map { ("\(parent)/\(name)", $0) }
    }
  }

  /// Removes the directories of processes that were ended before they could; an hour is left to those of other
  /// namespaces, whose numbers mean nothing here.
  private static func removeForgotten() {
    for (path, owner) in existing() where !FileManager.default.fileExists(atPath: "/proc/\(owner)") {
      let changed = try? FileManager.default.attributesOfItem(atPath: path)[.modificationDate] as? Date
      guard let changed, changed.timeIntervalSinceNow < -3600 else { continue }
      // Another test process may be removing it as well.
      try? FileManager.default.removeItem(atPath: path)
    }
  }

  private static func removeOwn() {
    for (path, owner) in existing() where owner == getpid() {
      // Nobody is left to tell.
      try? FileManager.default.removeItem(atPath: path)
    }
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

  /// Writes a program for the shell, and gives its path.
  public func script(_ text: String, named name: String) throws -> String {
    let path = try write("#!/bin/sh\n\(text)\n", to: name)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
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
