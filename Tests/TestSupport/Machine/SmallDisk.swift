// SPDX-License-Identifier: Apache-2.0
// A disk of a few megabytes that can be filled and made read-only.

import Foundation

/// A file system in memory of a few megabytes, in a mount namespace of its own that goes with the last reference.
///
/// Only processes that it starts see what is on it. It needs ``Requirement/root`` and
/// ``Requirement/mountNamespaces``.
public final class SmallDisk: Sendable {
  private let mountPoint: TemporaryDirectory
  private let keeper: ChildProcess

  /// Makes one and mounts it.
  public init(megabytes: Int) async throws {
    mountPoint = try TemporaryDirectory()
    keeper = try ChildProcess(
      "unshare",
      [
        "--mount", "sh", "-c",
        "mount -t tmpfs -o size=\(megabytes)m,mode=755 tmpfs \(mountPoint.path) && echo ready && exec cat",
      ], options: .init(hasInput: true))
    try await keeper.output.first("the mount") { $0 == "ready" }
  }

  /// The path of something on it, for a process that it starts.
  public func file(_ name: String) -> String { mountPoint.file(name) }

  /// Starts a process that sees the disk.
  public func start(
    _ executable: String, _ arguments: [String], options: ChildProcess.Options = .init()
  ) throws -> ChildProcess {
    try ChildProcess(
      "nsenter", ["--mount", "--target", "\(keeper.pid)", "--wd=/", executable] + arguments, options: options)
  }

  /// Fills it to the last byte.
  public func fill() throws {
    guard FileManager.default.createFile(atPath: filler, contents: nil),
      let handle = FileHandle(forWritingAtPath: filler)
    else { throw CocoaError(.fileWriteUnknown) }
    defer { try? handle.close() }
    for size in [1 << 16, 1 << 12] {
      // The end of the room is what is wanted.
      while (try? handle.write(contentsOf: Data(repeating: 0, count: size))) != nil {}
    }
  }

  /// Gives the room back.
  public func free() throws {
    try FileManager.default.removeItem(atPath: filler)
  }

  /// Makes it read-only (`ro`) or writable again (`rw`); nothing on it may be open for writing.
  public func remount(_ mode: String) async throws {
    let result = try await runTool(
      "nsenter", "--mount", "--target", "\(keeper.pid)", "mount", "-o", "remount,\(mode)", mountPoint.path)
    guard result.isSuccess else { throw RemountFailure(result: result) }
  }

  /// Runs a shell command that sees the disk.
  public func shell(_ command: String) async throws -> ToolResult {
    try await runTool("nsenter", "--mount", "--target", "\(keeper.pid)", "--wd=/", "sh", "-c", command)
  }

  /// Why it was not remounted.
  public struct RemountFailure: Error {
    /// What mount(8) said.
    public let result: ToolResult
  }

  private var filler: String { "/proc/\(keeper.pid)/root\(mountPoint.path)/filler" }
}
