// SPDX-License-Identifier: Apache-2.0
// FENCE: standard input and output, and running a command.

private import Glibc

enum Terminal {
  /// What is there to read; nil at the end.
  static func read() -> [UInt8]? {
    var buffer = [UInt8](repeating: 0, count: 4096)
    let count = unsafe Glibc.read(0, &buffer, buffer.count)
    return count > 0 ? Array(buffer[..<count]) : nil
  }

  /// Lets out what was printed.
  static func flush() { _ = fflush(nil) }

  /// Runs a shell command to its end; its status, or -1.
  static func run(_ command: String) -> Int32 {
    let status = unsafe system(command)
    return status & 0x7F == 0 ? (status >> 8) & 0xFF : -1
  }
}
