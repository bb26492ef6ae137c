// SPDX-License-Identifier: Apache-2.0
// A socket that clients connect to. FENCE: socket(2), unix(7).
private import CLinux
internal import EventLoop
private import Glibc

/// A system call that failed.
struct SocketError: Error, CustomStringConvertible {
  let operation: String
  let number: CInt

  /// Whether the process or the system has no descriptor left.
  var isShortage: Bool { [EMFILE, ENFILE, ENOBUFS, ENOMEM].contains(number) }
  /// The operation and the system's word for the error number.
  var description: String {
    var text = [CChar](repeating: 0, count: 128)
    guard unsafe strerror_r(number, &text, text.count) == 0 else { return "\(operation): error \(number)" }
    return "\(operation): " + String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}

/// Stream sockets in the file system that do not block.
enum ListeningSocket {
  /// What `accept` gave.
  enum Acceptance: ~Copyable {
    case client(OwnedDescriptor, user: UInt32)
    case nobody
    case failed(SocketError)
  }

  /// Listens at a path, open to its owner and its group alone; a socket that nobody listens at any more is replaced.
  ///
  /// - Parameters:
  ///   - path: where.
  ///   - group: to whom the socket shall be open, if there is such a group and we may give it away; else it is our own.
  /// - Returns: the socket that listens.
  /// - Throws: which call of the system failed, and how.
  static func listen(at path: String, group: String) throws(SocketError) -> OwnedDescriptor {
    let listener = try make()
    // Connecting takes the right to write, which no sane mask leaves to others: nobody slips in before chmod(2).
    var failure = unsafe withAddress(path) { unsafe bind(listener.rawValue, $0, $1) }
    if failure == EADDRINUSE, isAbandoned(path) {
      unlink(path)
      failure = unsafe withAddress(path) { unsafe bind(listener.rawValue, $0, $1) }
    }
    guard failure == 0 else { throw SocketError(operation: "bind \(path)", number: failure) }
    guard unsafe chmod(path, 0o660) == 0 else { throw SocketError(operation: "chmod \(path)", number: errno) }
    if let group = unsafe getgrnam(group) {
      // Where we may not, the group stays the one that the process has.
      _ = unsafe chown(path, uid_t.max, group.pointee.gr_gid)
    }
    guard Glibc.listen(listener.rawValue, 128) == 0 else { throw SocketError(operation: "listen", number: errno) }
    return listener
  }

  /// Takes the next client.
  static func accept(from listener: CInt) -> Acceptance {
    while true {
      let number = linux_accept(listener)
      guard number >= 0 else {
        switch errno {
        case EINTR, ECONNABORTED: continue
        case EAGAIN: return .nobody
        default: return .failed(SocketError(operation: "accept", number: errno))
        }
      }
      let client = OwnedDescriptor(adopting: number)
      var (process, user) = (Int32(0), UInt32(0))
      // A client that the kernel cannot name is let go: the descriptor closes itself.
      guard unsafe linux_peer(number, &process, &user) == 0 else { continue }
      return .client(client, user: user)
    }
  }

  /// Takes a socket file away; it is no error if it is not there.
  static func unlink(_ path: String) { _ = unsafe Glibc.unlink(path) }

  private static func isAbandoned(_ path: String) -> Bool {
    guard let probe = try? make() else { return false }
    return unsafe withAddress(path) { unsafe connect(probe.rawValue, $0, $1) } == ECONNREFUSED
  }

  private static func make() throws(SocketError) -> OwnedDescriptor {
    let kind = CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
    let number = socket(AF_UNIX, kind, 0)
    guard number >= 0 else { throw SocketError(operation: "socket", number: errno) }
    return OwnedDescriptor(adopting: number)
  }

  /// Calls with the address of a path; gives the error number, 0 for success.
  private static func withAddress(_ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> CInt) -> CInt {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let bytes = Array(path.utf8)
    guard bytes.count < MemoryLayout.size(ofValue: address.sun_path), !bytes.contains(0) else { return ENAMETOOLONG }
    unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: bytes) }
    let result = unsafe withUnsafePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    return result == 0 ? 0 : errno
  }
}

/// The buffer into which all clients are read, one after the other; an idle client has none of its own.
struct ReadBuffer {
  enum Outcome {
    case bytes(ArraySlice<UInt8>)
    case nothing
    case end
    case broken
  }

  private var bytes = [UInt8](repeating: 0, count: 65_536)

  /// Reads what is there, as far as the buffer goes, without waiting.
  mutating func read(_ socket: CInt) -> Outcome {
    while true {
      let count = unsafe bytes.withUnsafeMutableBytes { buffer in
        unsafe recv(socket, buffer.baseAddress, buffer.count, CInt(MSG_DONTWAIT))
      }
      if count > 0 { return .bytes(bytes[..<count]) }
      if count == 0 { return .end }
      switch errno {
      case EINTR: continue
      case EAGAIN: return .nothing
      default: return .broken
      }
    }
  }
}
