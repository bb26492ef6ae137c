// SPDX-License-Identifier: Apache-2.0
// A virtual function of a network card as the kernel tells it: if_link.h, struct ifla_vf_*.

import EventModel

/// A virtual function of a network card (SR-IOV).
struct VirtualFunction: Equatable {
  var number: UInt32
  var address = ""
  /// 0 when it has none.
  var vlan: UInt32 = 0
  var qos: UInt32 = 0
  /// `802.1ad` for service tags; else empty.
  var vlanProtocol = ""
  /// nil when the card cannot say.
  var checksSpoofing: Bool?
  var isTrusted: Bool?
  var linkState = ""
  /// The most that it may send, in Mbit/s; 0 is without bound.
  var rate: UInt32 = 0
  /// The least that it is given, in Mbit/s.
  var minimumRate: UInt32 = 0

  /// The functions of a list, at most so many; their hardware addresses are as long as the card's own, although the
  /// kernel's field has room for 32 bytes.
  static func list(_ payload: Bytes, addressSize: Int, limit: Int) -> [VirtualFunction] {
    var functions: [VirtualFunction] = []
    for (type, payload) in Attributes(payload) where type == FunctionAttribute.function {
      guard functions.count < limit else { break }
      if let function = VirtualFunction(Attributes(payload), addressSize: addressSize) { functions.append(function) }
    }
    return functions
  }

  init(number: UInt32) { self.number = number }

  private init?(_ attributes: Attributes, addressSize: Int) {
    var number: UInt32?
    self.init(number: 0)
    for (type, payload) in attributes {
      // Each of these begins with the number of the function; only the list of VLANs has attributes instead.
      if type != FunctionAttribute.vlanList, number == nil { number = payload.number(UInt32.self) }
      let value = payload.number(UInt32.self, at: 4) ?? 0
      switch type {
      case FunctionAttribute.address: address = payload.from(4).prefix(addressSize).hardwareAddress
      case FunctionAttribute.vlan:
        vlan = value
        qos = payload.number(UInt32.self, at: 8) ?? 0
      case FunctionAttribute.vlanList: readVLAN(payload)
      case FunctionAttribute.spoofCheck: checksSpoofing = Self.truth(value)
      case FunctionAttribute.trust: isTrusted = Self.truth(value)
      case FunctionAttribute.linkState: linkState = Self.linkStates[value] ?? ""
      case FunctionAttribute.transmitRate: rate = value
      case FunctionAttribute.rate:
        minimumRate = value
        rate = payload.number(UInt32.self, at: 8) ?? 0
      default: break
      }
    }
    guard let number else { return nil }
    self.number = number
  }

  private mutating func readVLAN(_ payload: Bytes) {
    guard let info = Attributes(payload)[FunctionAttribute.vlanInfo], info.count >= 14 else { return }
    vlan = info.number(UInt32.self, at: 4) ?? 0
    qos = info.number(UInt32.self, at: 8) ?? 0
    // In network order.
    vlanProtocol = info.from(12).starts(with: [0x88, 0xA8]) ? "802.1ad" : ""
  }

  private static let linkStates: [UInt32: String] = [0: "auto", 1: "enable", 2: "disable"]

  /// The kernel says 0 and 1, and -1 where the driver does not know.
  private static func truth(_ value: UInt32) -> Bool? { value <= 1 ? value == 1 : nil }

  /// The function as the element of the property that shows it.
  var fields: Fields {
    var fields: Fields = [
      "vf": .uint(UInt64(number)), "mac": .string(address), "vlan": .uint(UInt64(vlan)), "qos": .uint(UInt64(qos)),
      "linkState": .string(linkState), "rate": .uint(UInt64(rate)), "minimumRate": .uint(UInt64(minimumRate)),
    ]
    if !vlanProtocol.isEmpty { fields["vlanProtocol"] = .string(vlanProtocol) }
    fields["spoofCheck"] = checksSpoofing.map(Value.bool)
    fields["trust"] = isTrusted.map(Value.bool)
    return fields
  }

  /// The function that such an element shows.
  init?(_ fields: Fields) {
    guard let number = fields["vf"]?.uint.flatMap(UInt32.init(exactly:)) else { return nil }
    func value(_ name: String) -> UInt32 { fields[name]?.uint.flatMap(UInt32.init(exactly:)) ?? 0 }
    self.init(number: number)
    address = fields["mac"]?.string ?? ""
    vlan = value("vlan")
    qos = value("qos")
    vlanProtocol = fields["vlanProtocol"]?.string ?? ""
    checksSpoofing = fields["spoofCheck"]?.bool
    isTrusted = fields["trust"]?.bool
    linkState = fields["linkState"]?.string ?? ""
    rate = value("rate")
    minimumRate = value("minimumRate")
  }
}
