// SPDX-License-Identifier: Apache-2.0
// FENCE: standard error, as whoever started the daemon gave it.

private import Glibc

/// The descriptor of the log.
enum StandardError {
  /// Writes all of it, and waits for the reader as long as that takes; what cannot be written is lost.
  static func write(_ bytes: [UInt8]) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
      if count >= 0 {
        rest = rest.dropFirst(count)
      } else if errno == EAGAIN {
        // Somebody who shares it made it non-blocking.
        var entry = pollfd(fd: STDERR_FILENO, events: Int16(POLLOUT), revents: 0)
        _ = unsafe poll(&entry, 1, -1)
      } else if errno != EINTR {
        // Nobody is left to tell when the log itself is gone.
        return
      }
    }
  }

  /// Whether it is what `JOURNAL_STREAM` names by device and inode (systemd.exec(5)).
  static func isJournal(_ stream: String) -> Bool {
    var status = stat()
    guard unsafe fstat(STDERR_FILENO, &status) == 0 else { return false }
    return stream == "\(status.st_dev):\(status.st_ino)"
  }
}
