// SPDX-License-Identifier: Apache-2.0
// Bytes on their way into a stream socket. FENCE: send(2), socketpair(2).
private import Glibc

/// Bytes that a stream socket has not taken yet.
public struct OutgoingBytes: Sendable {
  /// What became of a write.
  public enum Outcome: Sendable {
    /// Everything was taken.
    case drained
    /// The rest waits until the socket is writable.
    case blocked
    /// Nobody reads any more.
    case broken
  }

  private var bytes: [UInt8] = []
  private var start = 0
  /// How many bytes the socket has taken since the beginning.
  public private(set) var taken: UInt64 = 0

  /// Nothing.
  public init() {}

  /// How many bytes wait.
  public var count: Int { bytes.count - start }

  /// Adds bytes.
  public mutating func append(_ more: [UInt8]) {
    if bytes.isEmpty { bytes = more } else { bytes.append(contentsOf: more) }
  }

  /// Writes what the socket takes, without waiting and without SIGPIPE.
  public mutating func write(to socket: CInt) -> Outcome {
    while start < bytes.count {
      let sent = unsafe bytes.withUnsafeBytes { buffer in
        let rest = unsafe UnsafeRawBufferPointer(rebasing: buffer[start...])
        return unsafe send(socket, rest.baseAddress, rest.count, CInt(MSG_NOSIGNAL | MSG_DONTWAIT))
      }
      if sent > 0 {
        start += sent
        taken += UInt64(sent)
      } else if errno == EAGAIN {
        return .blocked
      } else if errno != EINTR {
        return .broken
      }
    }
    // The memory is given back: most streams are quiet most of the time.
    bytes = []
    start = 0
    return .drained
  }
}

/// Two connected stream sockets, one of which is given away.
enum SocketPair {
  /// Makes a pair in which bytes go one way only; an error number of errno(3) when that fails.
  ///
  /// Ownership: the caller closes both.
  static func make() -> Result<(writer: CInt, reader: CInt), ErrorNumber> {
    var ends: [CInt] = [-1, -1]
    guard unsafe socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else {
      return .failure(ErrorNumber(value: errno))
    }
    // What the other side would write must not pile up here.
    _ = shutdown(ends[0], CInt(SHUT_RD))
    return .success((ends[0], ends[1]))
  }
}

/// An error number of errno(3).
struct ErrorNumber: Error {
  var value: CInt
}
