// SPDX-License-Identifier: Apache-2.0
// Unix sockets for the rigs. Fence: Glibc's sockets.

private import Glibc

/// Makers of non-blocking, close-on-exec Unix sockets.
public enum UnixSocket {
  /// Two connected stream sockets.
  public static func pair() throws -> (Descriptor, Descriptor) {
    var numbers: [CInt] = [-1, -1]
    guard unsafe socketpair(AF_UNIX, streamKind, 0, &numbers) == 0 else { throw SystemError("socketpair") }
    return (Descriptor(adopting: numbers[0]), Descriptor(adopting: numbers[1]))
  }

  /// A stream socket that listens at `path`, for every user; a file that is there already is replaced.
  public static func listen(at path: String, backlog: CInt = 4096) throws -> Descriptor {
    let descriptor = try bound(to: path, kind: streamKind)
    guard descriptor.withNumber({ Glibc.listen($0, backlog) }) == 0 else { throw SystemError("listen") }
    return descriptor
  }

  /// A datagram socket bound at `path`, for every user.
  public static func datagram(at path: String) throws -> Descriptor {
    try bound(to: path, kind: CInt(SOCK_DGRAM.rawValue) | flags)
  }

  /// A stream socket connected to `path`.
  ///
  /// A server whose queue is full gives `EAGAIN`, an absent one `ENOENT` or `ECONNREFUSED`.
  public static func connect(to path: String) throws -> Descriptor {
    let descriptor = try make(kind: streamKind)
    let result = try unsafe withAddress(path) { address, length in
      descriptor.withNumber { unsafe Glibc.connect($0, address, length) }
    }
    guard result == 0 else { throw SystemError("connect") }
    return descriptor
  }

  /// Takes one connection from a listening socket, or nil when none waits.
  public static func accept(from listener: Descriptor) throws -> Descriptor? {
    let number = listener.withNumber { Glibc.accept($0, nil, nil) }
    if number >= 0 {
      let descriptor = Descriptor(adopting: number)
      guard fcntl(number, F_SETFD, FD_CLOEXEC) == 0, fcntl(number, F_SETFL, O_NONBLOCK) == 0 else {
        throw SystemError("fcntl")
      }
      return descriptor
    }
    let failure = errno
    if failure == EAGAIN || failure == ECONNABORTED || failure == EINTR { return nil }
    throw SystemError("accept4", code: failure)
  }

  private static let flags = CInt(SOCK_NONBLOCK.rawValue) | CInt(SOCK_CLOEXEC.rawValue)
  private static let streamKind = CInt(SOCK_STREAM.rawValue) | flags

  private static func make(kind: CInt) throws -> Descriptor {
    let number = socket(AF_UNIX, kind, 0)
    guard number >= 0 else { throw SystemError("socket") }
    return Descriptor(adopting: number)
  }

  private static func bound(to path: String, kind: CInt) throws -> Descriptor {
    let descriptor = try make(kind: kind)
    // The file of an earlier listener may be there or not; bind tells if it could not be removed.
    _ = unsafe unlink(path)
    let result = try unsafe withAddress(path) { address, length in
      descriptor.withNumber { unsafe Glibc.bind($0, address, length) }
    }
    guard result == 0 else { throw SystemError("bind") }
    guard unsafe chmod(path, 0o666) == 0 else { throw SystemError("chmod") }
    return descriptor
  }

  private static func withAddress(
    _ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> CInt
  ) throws -> CInt {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let bytes = Array(path.utf8)
    let room = MemoryLayout.size(ofValue: address.sun_path)
    guard bytes.count < room else { throw SystemError("socket path of \(bytes.count) bytes", code: ENAMETOOLONG) }
    unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: bytes) }
    return unsafe withUnsafePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
  }
}
