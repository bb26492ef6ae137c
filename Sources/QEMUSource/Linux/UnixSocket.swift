// SPDX-License-Identifier: Apache-2.0
// Stream sockets in the file system: listen, accept, connect, who is there. FENCE: socket(2), unix(7).

private import CLinux
import EventLoop
private import Glibc

/// Stream sockets in the file system, none of which ever blocks.
enum UnixSocket {
  /// Who is at the other end (`SO_PEERCRED`).
  struct Credentials: Hashable, Sendable {
    /// The process that connected or, seen from a client, that listened; 0 where it is in another process namespace.
    var process: Int32
    /// Its user.
    var user: UInt32
  }

  /// What `accept` gave.
  enum Acceptance: ~Copyable {
    /// A client.
    case client(OwnedDescriptor)
    /// Nobody waits.
    case nobody
    /// It failed.
    case failed(SystemError)
  }

  /// Listens at a path, with the access rights `mode`.
  ///
  /// A socket that nobody listens at any more is taken away first; anything else at that path is left alone and is an error.
  static func listen(at path: String, mode: UInt32, backlog: Int32 = 4096) throws(SystemError) -> OwnedDescriptor {
    let socket = try make()
    var failure = unsafe withAddress(path) { unsafe bind(socket.rawValue, $0, $1) }
    if failure == .addressInUse, isAbandoned(path) {
      unlink(path)
      failure = unsafe withAddress(path) { unsafe bind(socket.rawValue, $0, $1) }
    }
    if let failure { throw failure }
    guard unsafe chmod(path, mode) == 0, Glibc.listen(socket.rawValue, backlog) == 0 else { throw .last }
    return socket
  }

  /// Takes the next client.
  static func accept(from listener: CInt) -> Acceptance {
    while true {
      let number = linux_accept(listener)
      if number >= 0 { return .client(OwnedDescriptor(adopting: number)) }
      switch errno {
      case EINTR, ECONNABORTED: continue
      case EAGAIN: return .nobody
      default: return .failed(.last)
      }
    }
  }

  /// Connects to a path.
  ///
  /// Errors: `EAGAIN` when the queue of the listener is full, `ECONNREFUSED` when nobody listens there.
  static func connect(to path: String) throws(SystemError) -> OwnedDescriptor {
    let socket = try make()
    if let failure = unsafe withAddress(path, { unsafe Glibc.connect(socket.rawValue, $0, $1) }) { throw failure }
    return socket
  }

  /// Who is at the other end.
  static func credentials(of socket: CInt) -> Credentials? {
    var credentials = Credentials(process: 0, user: 0)
    guard unsafe linux_peer(socket, &credentials.process, &credentials.user) == 0 else { return nil }
    return credentials
  }

  /// Takes a socket file away; it is no error if it is not there.
  static func unlink(_ path: String) { _ = unsafe Glibc.unlink(path) }

  /// Whether nobody listens at a socket that exists.
  private static func isAbandoned(_ path: String) -> Bool {
    do {
      _ = try connect(to: path)
      return false
    } catch { return error == .connectionRefused }
  }

  private static func make() throws(SystemError) -> OwnedDescriptor {
    let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
    let number = socket(AF_UNIX, type, 0)
    guard number >= 0 else { throw .last }
    return OwnedDescriptor(adopting: number)
  }

  private static func withAddress(
    _ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
  ) -> SystemError? {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let bytes = Array(path.utf8)
    let room = MemoryLayout.size(ofValue: address.sun_path)
    guard bytes.count < room, !bytes.isEmpty, !bytes.contains(0) else { return .nameTooLong }
    unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: bytes) }
    let result = unsafe withUnsafePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    return result == 0 ? nil : .last
  }
}
