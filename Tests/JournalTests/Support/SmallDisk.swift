// SPDX-License-Identifier: Apache-2.0
// A disk of a few megabytes that can be filled and made read-only.

import Foundation
import TestSupport

/// A file system in memory of a few megabytes, in a mount namespace of its own that goes with the last reference.
final class SmallDisk: Sendable {
  private let mountPoint: TemporaryDirectory
  private let keeper: ChildProcess

  init(megabytes: Int) async throws {
    mountPoint = try TemporaryDirectory()
    keeper = try ChildProcess(
      "unshare",
      [
        "--mount", "sh", "-c",
        "mount -t tmpfs -o size=\(megabytes)m,mode=755 tmpfs \(mountPoint.path) && echo ready && exec cat",
      ], options: .init(hasInput: true))
    try await keeper.output.first("the mount") { $0 == "ready" }
  }

  /// Starts a process that sees the disk, and works on a journal there.
  func process(_ mode: String) throws -> ChildProcess {
    try ChildProcess(
      "nsenter",
      [
        "--mount", "--target", "\(keeper.pid)", "--wd=/", Repository.program("JournalProcess"), mode,
        mountPoint.file("state"),
      ], options: .init(hasInput: true))
  }

  /// Fills it to the last byte.
  func fill() throws {
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
  func free() throws {
    try FileManager.default.removeItem(atPath: filler)
  }

  /// Makes it read-only, or writable again; nothing on it may be open for writing.
  func remount(_ mode: String) async throws {
    let result = try await runTool(
      "nsenter", "--mount", "--target", "\(keeper.pid)", "mount", "-o", "remount,\(mode)", mountPoint.path)
    guard result.isSuccess else { throw RemountFailure(result: result) }
  }

  /// Why it was not remounted.
  struct RemountFailure: Error {
    let result: ToolResult
  }

  private var filler: String { "/proc/\(keeper.pid)/root\(mountPoint.path)/filler" }
}
