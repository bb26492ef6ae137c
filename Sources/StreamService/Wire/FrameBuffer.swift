// SPDX-License-Identifier: Apache-2.0
// Bytes of a connection, cut at each NUL.

/// Bytes that came in, cut into messages at each NUL, the way Varlink ends a message.
struct FrameBuffer {
  /// The longest message that a client may send, in bytes.
  static let messageBytes = 256 << 10

  private var bytes: [UInt8] = []
  private var start = 0
  /// Up to where there is no NUL.
  private var searched = 0

  /// How many bytes wait.
  var count: Int { bytes.count - start }

  /// Whether a message is longer than any may be.
  var isOverfull: Bool { searched - start > FrameBuffer.messageBytes }

  /// Adds what was read.
  mutating func append(_ more: ArraySlice<UInt8>) {
    if start > 0 {
      bytes.removeFirst(start)
      searched -= start
      start = 0
    }
    bytes.append(contentsOf: more)
  }

  /// The next whole message without its NUL; nil while there is none.
  mutating func next() -> [UInt8]? {
    guard let end = bytes[searched...].firstIndex(of: 0) else {
      searched = bytes.count
      return nil
    }
    defer {
      start = end + 1
      searched = start
      if start == bytes.count { self = FrameBuffer() }
    }
    return Array(bytes[start..<end])
  }
}
