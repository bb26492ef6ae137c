// SPDX-License-Identifier: Apache-2.0
// Messages taken apart and put together, without a kernel.

import EventModel
import Foundation
import Hub
import Testing

@testable import NetlinkSource

@Suite("Messages")
struct WireTests {
  /// A message of type RTM_NEWLINK about a card with functions, as a kernel sends it.
  static func card(functions: Int, index: UInt32 = 7) -> [UInt8] {
    var writer = MessageWriter(MessageType.newLink, flags: 0, sequence: 1)
    writer.append(contentsOf: [0, 0])
    writer.append(UInt16(1))
    writer.append(index)
    writer.append(UInt32(0x10043))
    writer.append(UInt32(0))
    writer.attribute(LinkAttribute.name) { $0.append(contentsOf: Array("eth7".utf8) + [0]) }
    writer.attribute(LinkAttribute.mtu) { $0.append(UInt32(1500)) }
    writer.attribute(LinkAttribute.address) { $0.append(contentsOf: [0x52, 0x54, 0, 0, 0, 7]) }
    writer.attribute(LinkAttribute.operationalState) { $0.append(UInt8(6)) }
    writer.attribute(LinkAttribute.functions | KernelNumber.nested) { writer in
      for number in 0..<UInt32(functions) {
        writer.attribute(FunctionAttribute.function | KernelNumber.nested) { function(&$0, number) }
      }
    }
    return writer.finished()
  }

  private static func function(_ writer: inout MessageWriter, _ number: UInt32) {
    writer.attribute(FunctionAttribute.address) {
      $0.append(number)
      $0.append(contentsOf: [0x52, 0x54, 0, 1, 0, UInt8(number & 0xFF)] + [UInt8](repeating: 0, count: 26))
    }
    for (type, values) in [
      (FunctionAttribute.vlan, [100 + number, 3]), (FunctionAttribute.spoofCheck, [1]),
      (FunctionAttribute.trust, [UInt32.max]), (FunctionAttribute.linkState, [2]),
      (FunctionAttribute.rate, [10, 1000]),
    ] {
      writer.attribute(type) { writer in
        writer.append(number)
        for value in values { writer.append(value) }
      }
    }
    writer.attribute(FunctionAttribute.vlanList | KernelNumber.nested) { writer in
      writer.attribute(FunctionAttribute.vlanInfo) { writer in
        for value in [number, 100 + number, 3] { writer.append(value) }
        writer.append(contentsOf: [0x88, 0xA8, 0, 0])
      }
    }
  }

  @Test func `a card's functions are read with all that the kernel says of them`() throws {
    let message = try #require(NetlinkMessage.parse(Self.card(functions: 2)[...]).messages.first)
    let link = try #require(LinkRecord(message, limits: NetlinkLimits()))
    #expect(link.name == "eth7")
    #expect(link.address == "52:54:00:00:00:07")
    #expect(link.isUp && link.hasCarrier)
    #expect(link.state == .up)
    let functions = try #require(link.functions)
    #expect(functions.count == 2)
    #expect(
      functions[1].fields == [
        "vf": .uint(1), "mac": "52:54:00:01:00:01", "vlan": .uint(101), "qos": .uint(3), "linkState": "disable",
        "rate": .uint(1000), "minimumRate": .uint(10), "vlanProtocol": "802.1ad", "spoofCheck": true,
      ])
    #expect(VirtualFunction(functions[1].fields) == functions[1])
  }

  @Test func `no more functions are read than the limit allows`() throws {
    var limits = NetlinkLimits()
    limits.virtualFunctions = 5
    let message = try #require(NetlinkMessage.parse(Self.card(functions: 9)[...]).messages.first)
    #expect(LinkRecord(message, limits: limits)?.functions?.count == 5)
  }

  @Test func `every message of a datagram is read, and what ends in the middle of one is noticed`() {
    let one = Self.card(functions: 1)
    let datagram = one + Self.card(functions: 0, index: 8) + one
    let (messages, isBroken) = NetlinkMessage.parse(datagram[...])
    #expect(messages.compactMap { LinkRecord.index(of: $0) } == [7, 8, 7])
    #expect(!isBroken)
    for length in 1..<one.count { #expect(NetlinkMessage.parse(one[..<length]).isBroken) }
  }

  @Test func `bytes of any kind end no process and cost no more than themselves`() {
    var generator = SystemRandomNumberGenerator()
    let whole = Self.card(functions: 3)
    for _ in 0..<20_000 {
      var bytes = whole
      for _ in 0..<Int.random(in: 1...8, using: &generator) {
        bytes[Int.random(in: 16..<bytes.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
      }
      bytes = Array(bytes.prefix(Int.random(in: 0...bytes.count, using: &generator)))
      for message in NetlinkMessage.parse(bytes[...]).messages {
        let link = LinkRecord(message, limits: NetlinkLimits())
        #expect((link?.functions?.count ?? 0) <= bytes.count)
        _ = AddressRecord(message)
        _ = NeighbourRecord(message)
        _ = Answer(message)
      }
    }
  }

  @Test func `a list that changed while the kernel went through it is known as such, wherever it says so`() {
    func message(_ type: UInt16, interrupted: Bool = false, error: Int32 = 0) -> NetlinkMessage {
      let payload = (0..<4).map { UInt8(truncatingIfNeeded: error.littleEndian >> (8 * $0)) }
      let flags = interrupted ? MessageFlag.dumpInterrupted : 0
      return NetlinkMessage(type: type, flags: flags, sequence: 1, port: 1, payload: payload[...])
    }
    for interrupted in 0..<3 {
      var progress = DumpProgress()
      #expect(progress.take(message(MessageType.newLink, interrupted: interrupted == 0)) == .part)
      #expect(progress.take(message(MessageType.newLink, interrupted: interrupted == 1)) == .part)
      #expect(progress.take(message(MessageType.done, interrupted: interrupted == 2)) == .end(isConsistent: false))
    }
    var progress = DumpProgress()
    #expect(progress.take(message(MessageType.newLink)) == .part)
    #expect(progress.take(message(MessageType.done)) == .end(isConsistent: true))
    #expect(progress.take(message(MessageType.error, error: -16)) == .failed(16))
  }

  @Test func `a bridge that lets a port go does not delete the port`() {
    var writer = MessageWriter(MessageType.deleteLink, flags: 0, sequence: 0)
    writer.append(contentsOf: [Family.bridge, 0, 1, 0])
    writer.append(UInt32(3))
    writer.append(UInt32(0))
    writer.append(UInt32(0))
    let message = NetlinkMessage.parse(writer.finished()[...]).messages[0]
    #expect(LinkRecord.index(of: message) == nil)
  }

  @Test(arguments: [true, false])
  func `an error with a text is read whether the request comes back with it or not`(isCapped: Bool) throws {
    let request = Request.setVLAN(link: 2, function: 1, vlan: 10, qos: 0, sequence: 9)
    var writer = MessageWriter(
      MessageType.error, flags: MessageFlag.hasAttributes | (isCapped ? MessageFlag.capped : 0), sequence: 9)
    writer.append(UInt32(bitPattern: -22))
    writer.append(contentsOf: isCapped ? Array(request.prefix(16)) : request)
    writer.attribute(OtherAttribute.errorText) { $0.append(contentsOf: Array("No such\u{1B} function".utf8) + [0]) }
    let message = try #require(NetlinkMessage.parse(writer.finished()[...]).messages.first)
    #expect(Answer(message) == Answer(errorNumber: 22, text: "No such\u{FFFD} function"))
    #expect(
      NetlinkSource.outcome(.success(Answer(errorNumber: 22, text: "No such function"))).failure
        == .refused("No such function (Invalid argument)"))
  }

  @Test func `addresses are written as the C library writes them`() throws {
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<5000 {
      // Many zeros, so that runs of them are common.
      var bytes = (0..<16).map { _ in Bool.random(using: &generator) ? 0 : UInt8.random(in: 0...255, using: &generator)
      }
      if Int.random(in: 0..<10, using: &generator) == 0 {
        bytes.replaceSubrange(0..<12, with: Array(repeating: 0, count: 10) + [255, 255])
      }
      // The C library writes the long dead IPv4-compatible form (RFC 4291, 2.5.5.1) in its own way.
      guard bytes.prefix(12).contains(where: { $0 != 0 }) else { continue }
      #expect(IPAddress.text(bytes[...], family: Family.inet6) == reference(bytes))
    }
    #expect(IPAddress.text([192, 0, 2, 1], family: Family.inet) == "192.0.2.1")
    #expect(IPAddress.text([192, 0, 2], family: Family.inet) == nil)
  }

  private func reference(_ bytes: [UInt8]) -> String {
    var buffer = [CChar](repeating: 0, count: 64)
    _ = unsafe bytes.withUnsafeBytes { unsafe inet_ntop(AF_INET6, $0.baseAddress, &buffer, 64) }
    return String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}

extension Result {
  fileprivate var failure: Failure? { if case .failure(let failure) = self { failure } else { nil } }
}
