// SPDX-License-Identifier: Apache-2.0
// The messages of a datagram: netlink(7), struct nlmsghdr.

/// One message of a datagram.
struct NetlinkMessage: Equatable {
  /// Bytes of a header: length, type, flags, sequence, port.
  static let headerSize = 16

  var type: UInt16
  var flags: UInt16
  var sequence: UInt32
  var port: UInt32
  var payload: Bytes

  /// All messages of a datagram, and whether it ended in the middle of one.
  static func parse(_ datagram: Bytes) -> (messages: [NetlinkMessage], isBroken: Bool) {
    var messages: [NetlinkMessage] = []
    var rest = datagram
    while let length = rest.number(UInt32.self).map(Int.init) {
      guard length >= headerSize, length <= rest.count, let type = rest.number(UInt16.self, at: 4),
        let flags = rest.number(UInt16.self, at: 6), let sequence = rest.number(UInt32.self, at: 8),
        let port = rest.number(UInt32.self, at: 12)
      else { return (messages, true) }
      let payload = rest[(rest.startIndex + headerSize)..<(rest.startIndex + length)]
      messages.append(NetlinkMessage(type: type, flags: flags, sequence: sequence, port: port, payload: payload))
      rest = rest.dropFirst((length + 3) & ~3)
    }
    return (messages, !rest.isEmpty)
  }

  /// The messages of a datagram that reply to the request with that number from that port.
  static func replies(in datagram: Bytes, sequence: UInt32, port: UInt32) -> [NetlinkMessage] {
    parse(datagram).messages.filter { $0.sequence == sequence && $0.port == port }
  }

  /// The attributes after a fixed part of that size.
  func attributes(after size: Int) -> Attributes { Attributes(payload.from(size)) }
}

/// The attributes of a message or of another attribute: rtnetlink(7), struct rtattr.
///
/// What ends in the middle of an attribute ends the sequence.
struct Attributes: Sequence, IteratorProtocol {
  private var rest: Bytes

  init(_ bytes: Bytes) { rest = bytes }

  mutating func next() -> (type: UInt16, payload: Bytes)? {
    guard let length = rest.number(UInt16.self).map(Int.init), length >= 4, length <= rest.count,
      let type = rest.number(UInt16.self, at: 2)
    else { return nil }
    let payload = rest[(rest.startIndex + 4)..<(rest.startIndex + length)]
    rest = rest.dropFirst((length + 3) & ~3)
    return (type & KernelNumber.typeMask, payload)
  }

  /// The payload of the first attribute of a type.
  subscript(type: UInt16) -> Bytes? { first { $0.type == type }?.payload }
}
