// SPDX-License-Identifier: Apache-2.0
// A disk of a few megabytes that can be filled and made read-only.

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
  ///
  /// A process of its own writes: a descriptor of this one could be copied into a child that starts just then, and the
  /// room would not come back before that child ends.
  public func fill() async throws {
    let result = try await shell("cat /dev/zero > \(file("filler")); stat --file-system --format=%f \(mountPoint.path)")
    guard result.output == "0\n" else { throw NotFull(result: result) }
  }

  /// It took no more, but says that there is room.
  public struct NotFull: Error {
    /// What cat(1) and stat(1) said.
    public let result: ToolResult
  }

  /// Gives the room back.
  public func free() async throws {
    let result = try await shell("rm \(file("filler"))")
    guard result.isSuccess else { throw NotFull(result: result) }
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
}
