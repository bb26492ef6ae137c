// SPDX-License-Identifier: Apache-2.0
// A file descriptor that a test owns. Fence: Glibc's input and output.

private import Glibc
import Synchronization

/// What one attempt to read gave.
public enum ReadOutcome: Sendable {
  /// Bytes, at least one.
  case bytes([UInt8])
  /// Nothing now; wait until the descriptor is readable.
  case wouldBlock
  /// The other side is gone or has shut down its writing half.
  case end
  /// An `errno`.
  case failed(CInt)
}

/// What one attempt to write gave.
public enum WriteOutcome: Sendable {
  /// How many bytes were taken, at least one.
  case wrote(Int)
  /// Nothing now; wait until the descriptor is writable.
  case wouldBlock
  /// An `errno`; `EPIPE` and `ECONNRESET` mean that the other side is gone.
  case failed(CInt)
}

/// A file descriptor that is closed once: by ``close()``, or when the last reference goes.
///
/// Threading: from any thread. A reader that races with `close()` sees −1, never somebody else's descriptor, as
/// long as it takes the number inside ``withNumber(_:)``.
public final class Descriptor: Sendable {
  private let stored: Mutex<CInt>

  /// Takes over a descriptor that nobody else closes.
  public init(adopting number: CInt) { stored = Mutex(number) }

  deinit { close() }

  /// The number, or −1 once closed.
  public var number: CInt { stored.withLock { $0 } }

  /// Closes the descriptor; the second time it does nothing.
  public func close() {
    stored.withLock { number in
      // The result says nothing that a test could act on: the number is free either way.
      if number >= 0 { _ = Glibc.close(number) }
      number = -1
    }
  }

  /// Gives the number away: the caller closes it.
  public func release() -> CInt {
    stored.withLock { number in
      defer { number = -1 }
      return number
    }
  }

  /// Runs `body` with the number while nobody can close it.
  public func withNumber<Result>(_ body: (CInt) -> Result) -> Result { stored.withLock { body($0) } }

  /// Reads what is there, at most `limit` bytes, without waiting when the descriptor is non-blocking.
  public func read(upTo limit: Int = 65_536) -> ReadOutcome {
    withNumber { number in
      while true {
        var failure: CInt = 0
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
          let result = unsafe Glibc.read(number, buffer.baseAddress, limit)
          failure = result < 0 ? errno : 0
          count = max(0, result)
        }
        if !bytes.isEmpty { return .bytes(bytes) }
        switch failure {
        case 0: return .end
        case EINTR: continue
        case EAGAIN: return .wouldBlock
        default: return .failed(failure)
        }
      }
    }
  }

  /// Blocks the thread until the descriptor is readable, has ended, or `limit` is over.
  public func waitUntilReadable(within limit: Duration) { wait(for: POLLIN, within: limit) }

  /// Waits in the calling thread until it takes bytes again, but not longer than `limit`.
  public func waitUntilWritable(within limit: Duration) { wait(for: POLLOUT, within: limit) }

  private func wait(for events: CInt, within limit: Duration) {
    var request = pollfd(fd: number, events: Int16(events), revents: 0)
    let milliseconds = limit.components.seconds * 1000 + limit.components.attoseconds / 1_000_000_000_000_000
    // Whatever the reason for the return, the caller's next read or write tells.
    _ = unsafe poll(&request, 1, CInt(clamping: milliseconds))
  }

  /// Writes a part of `bytes`; never raises SIGPIPE on a socket.
  public func write(_ bytes: ArraySlice<UInt8>) -> WriteOutcome {
    withNumber { number in
      while true {
        var result = unsafe bytes.withUnsafeBytes { unsafe send(number, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL)) }
        if result < 0, errno == ENOTSOCK {
          result = unsafe bytes.withUnsafeBytes { unsafe Glibc.write(number, $0.baseAddress, $0.count) }
        }
        if result >= 0 { return .wrote(result) }
        let failure = errno
        switch failure {
        case EINTR: continue
        case EAGAIN: return .wouldBlock
        default: return .failed(failure)
        }
      }
    }
  }
}
