// SPDX-License-Identifier: Apache-2.0
// Bytes in, lines out.

import Synchronization

/// Collects the bytes of a stream and gives the lines that are complete.
final class LineSplitter: Sendable {
  private let rest = Mutex<[UInt8]>([])

  /// The lines that are complete with these bytes, without their ends (LF or CR LF).
  func lines(completedBy bytes: [UInt8]) -> [String] {
    rest.withLock { rest in
      let searched = rest.count
      rest += bytes
      var lines: [String] = []
      var start = 0
      while let end = rest[max(start, searched)...].firstIndex(of: UInt8(ascii: "\n")) {
        var line = rest[start..<end]
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        lines.append(String(decoding: line, as: UTF8.self))
        start = end + 1
      }
      rest.removeFirst(start)
      return lines
    }
  }
}
