// SPDX-License-Identifier: Apache-2.0
// FENCE: the socket that the kernel's notifications come in by.

private import CNetlink
import EventLoop
private import Glibc

/// The socket that the kernel's notifications come in by; nothing is ever asked on it.
///
/// So a read from it never does more than take what is queued. (On a socket with a dump under way a read makes the kernel
/// go on with the dump, and wait for the lock of all networking first.)
final class MulticastSocket {
  /// What one read gave.
  enum Reception {
    /// A datagram of the kernel.
    case datagram([UInt8])
    /// Nothing is queued.
    case nothing
    /// The queue was full, and the kernel threw notifications away. What was queued before is still there.
    case overrun
    /// A datagram of somebody else, who has that port.
    case foreign(port: UInt32)
    /// The socket is of no more use.
    case failed(NetlinkError)
  }

  /// Its own address among netlink sockets.
  let port: UInt32
  /// The bytes that the kernel lets wait in it.
  let receiveBuffer: Int
  private let descriptor: OwnedDescriptor
  private var buffer: [UInt8]

  init(_ descriptor: consuming OwnedDescriptor, options: NetlinkOptions) throws(NetlinkError) {
    self.descriptor = descriptor
    let number = self.descriptor.rawValue
    try NetlinkDescriptor.makeNonblocking(number)
    receiveBuffer = try NetlinkDescriptor.enlarge(number, to: options.receiveBuffer)
    var groups = [MulticastGroup.link]
    if options.watchesAddresses { groups += [MulticastGroup.address4, MulticastGroup.address6] }
    if options.watchesNeighbours { groups.append(MulticastGroup.neighbour) }
    port = try NetlinkDescriptor.bind(number, groups: groups)
    buffer = [UInt8](repeating: 0, count: options.limits.datagramBytes)
  }

  var number: CInt { descriptor.rawValue }

  /// Reads one datagram.
  func receive() -> Reception {
    var sender = sockaddr_nl()
    var size = socklen_t(MemoryLayout<sockaddr_nl>.size)
    let count = unsafe withUnsafeMutablePointer(to: &sender) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
        // With MSG_TRUNC the result is the true length, so that a cut datagram is noticed.
        unsafe recvfrom(number, &buffer, buffer.count, CInt(MSG_TRUNC), pointer, &size)
      }
    }
    guard count >= 0 else {
      switch errno {
      case EAGAIN, EINTR: return .nothing
      case ENOBUFS, ENOMEM: return .overrun
      default: return .failed(NetlinkError("recvfrom", errorNumber: errno))
      }
    }
    guard sender.nl_pid == 0 else { return .foreign(port: sender.nl_pid) }
    guard count <= buffer.count else { return .overrun }
    return .datagram(Array(buffer[..<count]))
  }
}
