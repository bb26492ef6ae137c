// SPDX-License-Identifier: Apache-2.0
// A link as the kernel tells it: rtnetlink(7), struct ifinfomsg and its attributes.

import Hub

/// A network link as the kernel tells it.
struct LinkRecord: Equatable {
  var index: UInt32
  var name: String
  /// veth, bridge, tun, tap, …; `loopback`; empty for hardware.
  var kind = ""
  var address = ""
  var mtu: UInt32 = 0
  var isUp = false
  var hasCarrier = false
  var state = OperationalState.unknown
  /// The index of the bridge or bond that it belongs to; 0 when there is none.
  var master: UInt32 = 0
  var alternativeNames: [String] = []
  /// The device that the card is, `pci/0000:01:00.0`; empty when it is no card.
  var parent = ""
  /// The virtual functions of the card; nil when the message says nothing about them.
  var functions: [VirtualFunction]?

  /// The states of RFC 2863 (ifOperStatus), in the order of the kernel's numbers.
  enum OperationalState: String, CaseIterable {
    case unknown
    case notPresent = "not-present"
    case down
    case lowerLayerDown = "lower-layer-down"
    case testing
    case dormant
    case up
  }
}

extension LinkRecord {
  /// Bytes of the fixed part of a message about a link.
  static let fixedSize = 16

  /// The index that a message is about; nil when it is not about a link as such.
  ///
  /// A bridge tells of its ports in messages of its own address family: one of type RTM_DELLINK means that a port left
  /// the bridge, not that the link is gone.
  static func index(of message: NetlinkMessage) -> UInt32? {
    guard message.payload.first == Family.unspecified, let index = message.payload.number(UInt32.self, at: 4), index > 0
    else { return nil }
    return index
  }

  /// The link that a message of type RTM_NEWLINK tells of; nil when the message is not about the whole link, as those of
  /// wireless cards are that have no MTU.
  init?(_ message: NetlinkMessage, limits: NetlinkLimits) {
    guard let index = Self.index(of: message), let type = message.payload.number(UInt16.self, at: 2),
      let flags = message.payload.number(UInt32.self, at: 8)
    else { return nil }
    self.init(index: index, name: "")
    isUp = flags & KernelNumber.isUp != 0
    hasCarrier = flags & KernelNumber.hasCarrier != 0
    if type == KernelNumber.loopback { kind = "loopback" }
    var isWhole = false
    var hardware = Bytes()
    var functionList: Bytes?
    var parentName = ""
    var parentBus = ""
    for (type, payload) in message.attributes(after: Self.fixedSize) {
      switch type {
      case LinkAttribute.name: name = Self.text(payload, limits.nameBytes)
      case LinkAttribute.address: hardware = payload.prefix(32)
      case LinkAttribute.mtu:
        mtu = payload.number(UInt32.self) ?? 0
        isWhole = true
      case LinkAttribute.master: master = payload.number(UInt32.self) ?? 0
      case LinkAttribute.operationalState:
        let number = Int(payload.first ?? 0)
        state = number < OperationalState.allCases.count ? OperationalState.allCases[number] : .unknown
      case LinkAttribute.information: kind = Self.kind(Attributes(payload), limits) ?? kind
      case LinkAttribute.functions: functionList = payload
      case LinkAttribute.properties:
        let names = Attributes(payload).lazy.filter { $0.type == LinkAttribute.alternativeName }
        alternativeNames = names.prefix(limits.alternativeNames).map { Self.text($0.payload, limits.nameBytes) }
      case LinkAttribute.parentName: parentName = Self.text(payload, limits.nameBytes)
      case LinkAttribute.parentBus: parentBus = Self.text(payload, limits.nameBytes)
      default: break
      }
    }
    guard isWhole else { return nil }
    address = hardware.hardwareAddress
    if !parentName.isEmpty { parent = parentBus.isEmpty ? parentName : "\(parentBus)/\(parentName)" }
    functions = functionList.map {
      VirtualFunction.list($0, addressSize: hardware.count, limit: limits.virtualFunctions)
    }
  }

  private static func text(_ payload: Bytes, _ limit: Int) -> String {
    OutsideText.printable(bytes: payload.untilZero, limit: limit)
  }

  /// The kernel's name of the kind; a tap, which the kernel calls a tun of another type, by its own name.
  private static func kind(_ information: Attributes, _ limits: NetlinkLimits) -> String? {
    guard let name = information[LinkAttribute.kind].map({ text($0, limits.nameBytes) }) else { return nil }
    if name == "tun", let data = information[LinkAttribute.kindData],
      Attributes(data)[LinkAttribute.tunType]?.first == KernelNumber.tap
    {
      return "tap"
    }
    return name
  }
}
