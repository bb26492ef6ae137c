// SPDX-License-Identifier: Apache-2.0
// Reading from and writing to a stream socket that does not block. FENCE: recv(2), send(2).

import EventLoop
private import Glibc

/// The buffer into which all streams of a source are read, one after the other; an idle stream has none of its own.
struct ReadBuffer {
  /// The bytes of the last read, and room behind them.
  private(set) var bytes: [UInt8]

  /// A buffer of that size, by default 64 KiB.
  init(size: Int = 65_536) { bytes = [UInt8](repeating: 0, count: size) }

  /// What a read gave.
  enum Outcome: Hashable, Sendable {
    /// So many bytes are in the buffer.
    case bytes(Int)
    /// Nothing is there now. That is not the end.
    case nothing
    /// The other side will send no more.
    case end
    /// The stream broke.
    case failed(SystemError)
  }

  /// Reads what is there, as far as the buffer goes.
  mutating func read(_ descriptor: CInt) -> Outcome {
    while true {
      let count = unsafe bytes.withUnsafeMutableBytes { buffer in
        unsafe recv(descriptor, buffer.baseAddress, buffer.count, 0)
      }
      if count > 0 { return .bytes(count) }
      if count == 0 { return .end }
      switch errno {
      case EINTR: continue
      case EAGAIN: return .nothing
      default: return .failed(.last)
      }
    }
  }
}

/// Bytes that are to be written and have not all been taken.
struct WriteQueue {
  private var bytes: [UInt8] = []

  /// Whether all was written.
  var isEmpty: Bool { bytes.isEmpty }

  /// How much is left.
  var count: Int { bytes.count }

  /// Adds bytes.
  mutating func append(_ more: [UInt8]) { if bytes.isEmpty { bytes = more } else { bytes.append(contentsOf: more) } }

  /// Forgets what is left.
  mutating func removeAll() { bytes = [] }

  /// Writes what the socket takes.
  ///
  /// A broken stream is no error here: the next read tells it.
  mutating func write(to descriptor: CInt) {
    var done = 0
    while done < bytes.count {
      let count = unsafe bytes.withUnsafeBytes { buffer in
        unsafe send(
          descriptor, buffer.baseAddress.map { unsafe $0 + done }, buffer.count - done, Int32(MSG_NOSIGNAL))
      }
      if count > 0 {
        done += count
      } else if errno == EINTR {
        continue
      } else if errno == EAGAIN {
        break
      } else {
        done = bytes.count
      }
    }
    if done == bytes.count { bytes = [] } else { bytes.removeFirst(done) }
  }
}
