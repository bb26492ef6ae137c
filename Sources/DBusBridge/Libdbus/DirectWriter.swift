// SPDX-License-Identifier: Apache-2.0
// Small messages straight into the socket. Fence: the C library's sockets.
//
// Why. libdbus takes a finished message only by parsing and checking it again: 30,000 instructions for a signal of 300
// bytes that our own writer made in 8,000 and knows to be valid. A hub that tells thousands of events a second spends
// most of its time there. So what can go out at once goes out by one `send(2)`.
//
// Why that is sound, although libdbus's manual says to keep off its descriptor. The manual fears two writers whose
// bytes mix. Here they cannot:
// - libdbus writes only inside calls of ours, on the loop; none is under way when this writes. It closes the socket only
//   there, too, and is asked right before each write whether it still has it.
// - It is used only while libdbus has nothing to send, so nothing half sent of libdbus's lies in front, and the order
//   of messages is the order of the calls.
// - A message goes out whole or not at all. The kernel puts what is written to a stream socket of AF_UNIX into buffers
//   of 32 KiB or half of the send buffer, whichever is less, and takes a buffer or refuses it; nothing larger than
//   `largest` is written. When it refuses, libdbus queues the message as ever. Should a kernel ever take half of one,
//   the connection is shut down, which libdbus notices, and made anew: a stream is never continued in the middle of a
//   message.
// - The numbers of messages are ours for all messages, whoever writes them.
// Reading, authentication, calls, descriptors and everything that has to wait stay libdbus's.

import DBusTypes
private import Glibc

/// The sending half of a connection's socket, for messages that fit into it at once.
struct DirectWriter {
  /// What became of a message.
  enum Outcome {
    /// The kernel has it.
    case written
    /// Nothing of it was taken; it has to be queued.
    case refused
    /// The stream is broken and shut down.
    case broken
  }

  /// The largest message that is written, in bytes, if the send buffer is large enough.
  static let largestMessage = 16 << 10

  private let descriptor: CInt
  let largest: Int

  /// Looks at a connected socket, which stays libdbus's; nil if it is not a stream socket of AF_UNIX.
  init?(_ descriptor: CInt) {
    guard Self.option(SO_DOMAIN, of: descriptor) == AF_UNIX,
      Self.option(SO_TYPE, of: descriptor) == CInt(SOCK_STREAM.rawValue),
      let room = Self.option(SO_SNDBUF, of: descriptor)
    else { return nil }
    // The kernel's own margin in half of the buffer is 64 bytes.
    self.init(descriptor, largest: min(Self.largestMessage, Int(room) / 2 - 64))
  }

  /// Writes messages of up to that size, whatever the socket.
  init(_ descriptor: CInt, largest: Int) {
    self.descriptor = descriptor
    self.largest = largest
  }

  /// Writes the message that is in the writer, or nothing.
  func write(_ writer: borrowing WireWriter) -> Outcome {
    guard writer.count <= largest else { return .refused }
    let count = unsafe writer.withBytes { bytes in
      unsafe send(descriptor, bytes.baseAddress, bytes.count, CInt(MSG_DONTWAIT) | CInt(MSG_NOSIGNAL))
    }
    if count == writer.count { return .written }
    guard count > 0 else { return .refused }
    _ = shutdown(descriptor, CInt(SHUT_RDWR))
    return .broken
  }

  private static func option(_ name: CInt, of descriptor: CInt) -> CInt? {
    var value: CInt = 0
    var size = socklen_t(MemoryLayout<CInt>.size)
    return unsafe getsockopt(descriptor, SOL_SOCKET, name, &value, &size) == 0 ? value : nil
  }
}
