// SPDX-License-Identifier: Apache-2.0
// The requests that this source makes.

/// A message under construction.
struct MessageWriter {
  private(set) var bytes: [UInt8]

  init(_ type: UInt16, flags: UInt16, sequence: UInt32) {
    bytes = []
    append(UInt32(0))
    append(type)
    append(flags)
    append(sequence)
    append(UInt32(0))
  }

  mutating func append(_ number: some FixedWidthInteger & UnsignedInteger) {
    let count = number.bitWidth / 8
    let number = number.littleEndian
    for index in 0..<count { bytes.append(UInt8(truncatingIfNeeded: number >> (8 * index))) }
  }

  mutating func append(contentsOf more: some Sequence<UInt8>) { bytes.append(contentsOf: more) }

  /// An attribute, whose payload `body` writes.
  mutating func attribute(_ type: UInt16, _ body: (inout MessageWriter) -> Void) {
    let start = bytes.count
    append(UInt16(0))
    append(type)
    body(&self)
    patch(UInt16(truncatingIfNeeded: bytes.count - start), at: start)
    while bytes.count % 4 != 0 { bytes.append(0) }
  }

  /// The message with its length in place.
  func finished() -> [UInt8] {
    var copy = self
    copy.patch(UInt32(truncatingIfNeeded: bytes.count), at: 0)
    return copy.bytes
  }

  private mutating func patch(_ number: some FixedWidthInteger & UnsignedInteger, at start: Int) {
    let count = number.bitWidth / 8
    let number = number.littleEndian
    for index in 0..<count { bytes[start + index] = UInt8(truncatingIfNeeded: number >> (8 * index)) }
  }
}

/// The requests that this source makes.
enum Request {
  /// The fixed part of a message about a link: struct ifinfomsg.
  private static func link(_ writer: inout MessageWriter, index: UInt32) {
    writer.append(contentsOf: [Family.unspecified, 0, 0, 0])
    writer.append(index)
    writer.append(UInt32(0))
    writer.append(UInt32(0))
  }

  /// All links with their virtual functions and without their statistics.
  static func links(sequence: UInt32) -> [UInt8] { links(0, flags: MessageFlag.dump, sequence: sequence) }

  /// One link likewise.
  static func link(_ index: UInt32, sequence: UInt32) -> [UInt8] { links(index, flags: 0, sequence: sequence) }

  private static func links(_ index: UInt32, flags: UInt16, sequence: UInt32) -> [UInt8] {
    var writer = MessageWriter(MessageType.getLink, flags: MessageFlag.request | flags, sequence: sequence)
    link(&writer, index: index)
    writer.attribute(LinkAttribute.extensionMask) {
      $0.append(KernelNumber.filterFunctions | KernelNumber.filterStatistics)
    }
    return writer.finished()
  }

  /// All addresses: struct ifaddrmsg.
  static func addresses(sequence: UInt32) -> [UInt8] {
    var writer = MessageWriter(
      MessageType.getAddress, flags: MessageFlag.request | MessageFlag.dump, sequence: sequence)
    writer.append(contentsOf: [Family.unspecified, 0, 0, 0])
    writer.append(UInt32(0))
    return writer.finished()
  }

  /// All that the bridges learned: struct ndmsg.
  static func neighbours(sequence: UInt32) -> [UInt8] {
    var writer = MessageWriter(
      MessageType.getNeighbour, flags: MessageFlag.request | MessageFlag.dump, sequence: sequence)
    writer.append(contentsOf: [Family.bridge, 0, 0, 0])
    writer.append(contentsOf: [UInt8](repeating: 0, count: 8))
    return writer.finished()
  }

  /// Sets one thing about one virtual function of a card; `body` writes the attribute that says what.
  private static func function(link index: UInt32, sequence: UInt32, _ body: (inout MessageWriter) -> Void) -> [UInt8] {
    var writer = MessageWriter(
      MessageType.setLink, flags: MessageFlag.request | MessageFlag.acknowledge, sequence: sequence)
    link(&writer, index: index)
    writer.attribute(LinkAttribute.functions | KernelNumber.nested) { writer in
      writer.attribute(FunctionAttribute.function | KernelNumber.nested, body)
    }
    return writer.finished()
  }

  /// Sets the VLAN of a virtual function: struct ifla_vf_vlan.
  static func setVLAN(link: UInt32, function number: UInt32, vlan: UInt32, qos: UInt32, sequence: UInt32) -> [UInt8] {
    function(link: link, sequence: sequence) { writer in
      writer.attribute(FunctionAttribute.vlan) {
        $0.append(number)
        $0.append(vlan)
        $0.append(qos)
      }
    }
  }

  /// Sets the hardware address of a virtual function: struct ifla_vf_mac, which has room for 32 bytes.
  static func setAddress(link: UInt32, function number: UInt32, address: [UInt8], sequence: UInt32) -> [UInt8] {
    function(link: link, sequence: sequence) { writer in
      writer.attribute(FunctionAttribute.address) {
        $0.append(number)
        $0.append(contentsOf: address.prefix(32))
        $0.append(contentsOf: [UInt8](repeating: 0, count: 32 - Swift.min(32, address.count)))
      }
    }
  }
}
