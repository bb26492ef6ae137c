// SPDX-License-Identifier: Apache-2.0
// FENCE: making netlink sockets and setting them up.

private import CNetlink
public import EventLoop
private import Glibc

/// Makes the descriptors of netlink sockets.
public enum NetlinkDescriptor {
  /// Makes an unbound socket of the family `NETLINK_ROUTE`; one made inside a network namespace belongs to that namespace.
  public typealias Opener = @Sendable () throws(NetlinkError) -> OwnedDescriptor

  /// A new socket, in the network namespace of the calling thread.
  @Sendable public static func open() throws(NetlinkError) -> OwnedDescriptor {
    let kind = CInt(SOCK_RAW.rawValue | SOCK_CLOEXEC.rawValue)
    let number = socket(AF_NETLINK, kind, NETLINK_ROUTE)
    guard number >= 0 else { throw NetlinkError("socket", errorNumber: errno) }
    return OwnedDescriptor(adopting: number)
  }

  /// Gives the socket an address of its own and makes it listen to multicast groups.
  ///
  /// - Returns: the socket's port.
  static func bind(_ number: CInt, groups: [UInt32]) throws(NetlinkError) -> UInt32 {
    var address = sockaddr_nl()
    address.nl_family = sa_family_t(AF_NETLINK)
    var size = socklen_t(MemoryLayout<sockaddr_nl>.size)
    let result = unsafe withUnsafeMutablePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
        let result = unsafe Glibc.bind(number, pointer, size)
        return unsafe result == 0 ? getsockname(number, pointer, &size) : result
      }
    }
    guard result == 0 else { throw NetlinkError("bind", errorNumber: errno) }
    for group in groups { try set(number, NETLINK_ADD_MEMBERSHIP, "join group \(group)", value: CInt(group)) }
    return address.nl_pid
  }

  /// Asks for texts with errors and for strict checking of requests; kernels before 5.0 know neither and do without.
  static func askForDetails(_ number: CInt) {
    for option in [NETLINK_EXT_ACK, NETLINK_GET_STRICT_CHK, NETLINK_CAP_ACK] {
      var one: CInt = 1
      _ = unsafe setsockopt(number, SOL_NETLINK, option, &one, socklen_t(MemoryLayout<CInt>.size))
    }
  }

  /// Makes calls on the socket return at once.
  static func makeNonblocking(_ number: CInt) throws(NetlinkError) {
    let flags = fcntl(number, F_GETFL)
    guard flags >= 0, fcntl(number, F_SETFL, flags | O_NONBLOCK) == 0 else {
      throw NetlinkError("fcntl", errorNumber: errno)
    }
  }

  /// Ends a blocking read of the socket after that time.
  static func setTimeout(_ number: CInt, seconds: Int) throws(NetlinkError) {
    var time = timeval(tv_sec: seconds, tv_usec: 0)
    guard unsafe setsockopt(number, SOL_SOCKET, SO_RCVTIMEO, &time, socklen_t(MemoryLayout<timeval>.size)) == 0 else {
      throw NetlinkError("SO_RCVTIMEO", errorNumber: errno)
    }
  }

  /// Sets the size of the receive buffer past the limit of the system where that is allowed, else up to it.
  ///
  /// - Returns: the size that the kernel gave; it doubles what is asked for, so this is half of what it says.
  static func enlarge(_ number: CInt, to bytes: Int) throws(NetlinkError) -> Int {
    var wanted = CInt(clamping: bytes)
    var size = socklen_t(MemoryLayout<CInt>.size)
    if unsafe setsockopt(number, SOL_SOCKET, SO_RCVBUFFORCE, &wanted, size) != 0,
      unsafe setsockopt(number, SOL_SOCKET, SO_RCVBUF, &wanted, size) != 0
    {
      throw NetlinkError("SO_RCVBUF", errorNumber: errno)
    }
    var given: CInt = 0
    guard unsafe getsockopt(number, SOL_SOCKET, SO_RCVBUF, &given, &size) == 0 else {
      throw NetlinkError("SO_RCVBUF", errorNumber: errno)
    }
    return Int(given) / 2
  }

  private static func set(_ number: CInt, _ option: CInt, _ name: String, value: CInt) throws(NetlinkError) {
    var value = value
    guard unsafe setsockopt(number, SOL_NETLINK, option, &value, socklen_t(MemoryLayout<CInt>.size)) == 0 else {
      throw NetlinkError(name, errorNumber: errno)
    }
  }
}

/// The multicast groups of rtnetlink(7) that the source listens to.
enum MulticastGroup {
  static let link = UInt32(RTNLGRP_LINK.rawValue)
  static let address4 = UInt32(RTNLGRP_IPV4_IFADDR.rawValue)
  static let address6 = UInt32(RTNLGRP_IPV6_IFADDR.rawValue)
  static let neighbour = UInt32(RTNLGRP_NEIGH.rawValue)
}
