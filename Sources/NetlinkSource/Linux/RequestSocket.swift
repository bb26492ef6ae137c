// SPDX-License-Identifier: Apache-2.0
// FENCE: the socket of one request, on a thread that may wait.

private import CNetlink
import EventLoop
private import Glibc

/// The socket of one request or of several, one after the other, on a thread that may wait: the kernel carries a request
/// out, and goes on with a dump, inside the calls, and may have to wait for the lock of all networking.
struct RequestSocket: ~Copyable {
  /// How long the kernel may be silent in the middle of an answer.
  static let silenceSeconds = 10

  private let descriptor: OwnedDescriptor
  private let port: UInt32
  private var buffer: [UInt8]
  private var sequence: UInt32 = 0

  init(_ opener: NetlinkDescriptor.Opener, limits: NetlinkLimits) throws(NetlinkError) {
    let descriptor = try opener()
    try NetlinkDescriptor.setTimeout(descriptor.rawValue, seconds: Self.silenceSeconds)
    NetlinkDescriptor.askForDetails(descriptor.rawValue)
    port = try NetlinkDescriptor.bind(descriptor.rawValue, groups: [])
    self.descriptor = descriptor
    buffer = [UInt8](repeating: 0, count: limits.datagramBytes)
  }

  /// Asks for a list and hands each message of the answer to `body`.
  ///
  /// - Returns: whether the list is consistent: false when something changed while the kernel went through it
  ///   (NLM_F_DUMP_INTR).
  mutating func dump(
    _ request: (_ sequence: UInt32) -> [UInt8], _ body: (NetlinkMessage) -> Void
  ) throws(NetlinkError) -> Bool {
    sequence += 1
    try send(request(sequence))
    var progress = DumpProgress()
    while true {
      for message in try receive() {
        switch progress.take(message) {
        case .part: body(message)
        case .end(let isConsistent): return isConsistent
        case .failed(let number): throw NetlinkError("dump", errorNumber: number)
        }
      }
    }
  }

  /// Asks for one thing, hands what comes before the answer to `body`, and gives the answer.
  mutating func ask(
    _ request: (_ sequence: UInt32) -> [UInt8], _ body: (NetlinkMessage) -> Void = { _ in }
  ) throws(NetlinkError) -> Answer {
    sequence += 1
    try send(request(sequence))
    while true {
      if let answer = Answer(among: try receive(), body) { return answer }
    }
  }

  private func send(_ bytes: [UInt8]) throws(NetlinkError) {
    // Without an address the kernel is meant.
    guard unsafe Glibc.send(descriptor.rawValue, bytes, bytes.count, 0) == bytes.count else {
      throw NetlinkError("send", errorNumber: errno)
    }
  }

  /// The messages of the next datagram that answer the latest request.
  private mutating func receive() throws(NetlinkError) -> [NetlinkMessage] {
    var sender = sockaddr_nl()
    var size = socklen_t(MemoryLayout<sockaddr_nl>.size)
    let number = descriptor.rawValue
    let count = unsafe withUnsafeMutablePointer(to: &sender) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
        unsafe recvfrom(number, &buffer, buffer.count, CInt(MSG_TRUNC), pointer, &size)
      }
    }
    guard count >= 0 else {
      guard errno != EINTR else { return [] }
      throw NetlinkError("recvfrom", errorNumber: errno == EAGAIN ? ETIMEDOUT : errno)
    }
    guard count <= buffer.count else { throw NetlinkError("recvfrom", errorNumber: EMSGSIZE) }
    guard sender.nl_pid == 0 else { return [] }
    return NetlinkMessage.replies(in: buffer[..<count], sequence: sequence, port: port)
  }
}
