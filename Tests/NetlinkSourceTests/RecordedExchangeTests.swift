// SPDX-License-Identifier: Apache-2.0
// Setting up virtual functions, against what a real driver was asked and answered.

import EventModel
import Hub
import Testing

@testable import NetlinkSource

@Suite("Virtual functions: recorded replies")
struct RecordedExchangeTests {
  /// The port of the socket that a reply was for.
  private func port(_ reply: [UInt8]) throws -> UInt32 { try #require(reply[...].number(UInt32.self, at: 12)) }

  private func replies(_ reply: [UInt8]) throws -> [NetlinkMessage] {
    NetlinkMessage.replies(in: reply[...], sequence: 1, port: try port(reply))
  }

  /// The functions of the card in a recorded reply.
  private func functions(_ reply: [UInt8]) throws -> [VirtualFunction] {
    var link: LinkRecord?
    let answer = Answer(among: try replies(reply)) { link = LinkRecord($0, limits: NetlinkLimits()) }
    #expect(answer == Answer(errorNumber: 0))
    #expect(link?.index == 2)
    #expect(link?.name == "eth0")
    return try #require(link?.functions)
  }

  @Test func `the requests are those that the driver obeyed`() {
    #expect(
      Request.setVLAN(link: 2, function: 0, vlan: 10, qos: 3, sequence: 1) == RecordedExchange.vlanRequest)
    #expect(
      Request.setVLAN(link: 2, function: 7, vlan: 10, qos: 0, sequence: 1) == RecordedExchange.refusedRequest)
    #expect(
      Request.setAddress(link: 2, function: 1, address: [2, 0x11, 0x22, 0x33, 0x44, 0x55], sequence: 1)
        == RecordedExchange.addressRequest)
  }

  @Test(arguments: [
    (RecordedExchange.vlanReply, nil), (RecordedExchange.addressReply, nil),
    (RecordedExchange.refusedReply, ControlError.refused("Invalid argument")),
  ])
  func `what the driver answered is what the caller is told`(reply: [UInt8], error: ControlError?) throws {
    let answer = try #require(Answer(among: try replies(reply)))
    switch NetlinkSource.outcome(.success(answer)) {
    case .success: #expect(error == nil)
    case .failure(let told): #expect(told == error)
    }
    // The reply to another request, or to another socket, is none.
    let port = try port(reply)
    #expect(NetlinkMessage.replies(in: reply[...], sequence: 2, port: port).isEmpty)
    #expect(NetlinkMessage.replies(in: reply[...], sequence: 1, port: port + 1).isEmpty)
    #expect(Answer(among: []) == nil)
  }

  @Test func `each setting is seen as the one change of one function`() throws {
    var table = LinkTable(limits: NetlinkLimits())
    let message = try #require(try replies(RecordedExchange.before).first)
    _ = table.put(try #require(LinkRecord(message, limits: NetlinkLimits())))
    let before = try functions(RecordedExchange.before)
    #expect(before.map(\.number) == [0, 1])
    #expect(before.allSatisfy { $0.checksSpoofing == true && $0.isTrusted == false && $0.linkState == "auto" })

    var after = before
    after[0].vlan = 10
    after[0].qos = 3
    #expect(try functions(RecordedExchange.withVLAN) == after)
    let vlan = table.put(functions: try functions(RecordedExchange.withVLAN), of: 2)
    #expect(vlan.count == 1)

    after[1].address = "02:11:22:33:44:55"
    #expect(try functions(RecordedExchange.withAddress) == after)
    let address = table.put(functions: try functions(RecordedExchange.withAddress), of: 2)
    #expect(address.count == 1)
    #expect(table.put(functions: try functions(RecordedExchange.withAddress), of: 2).isEmpty)
  }
}
