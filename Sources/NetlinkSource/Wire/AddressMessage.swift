// SPDX-License-Identifier: Apache-2.0
// Addresses of links and what bridges learned, as the kernel tells them: struct ifaddrmsg, struct ndmsg.

import Hub

/// A network address of a link: link and text say which one it is.
struct AddressRecord: Hashable {
  var index: UInt32
  /// The address with its prefix length, `192.0.2.1/24`; with its other end, `192.0.2.1 peer 192.0.2.2/32`, where there is one.
  var text: String
  /// The other end of a point-to-point link; empty when there is none.
  var peer = ""
  var scope = ""

  init(index: UInt32, text: String, peer: String = "", scope: String = "") {
    self.index = index
    self.text = text
    self.peer = peer
    self.scope = scope
  }

  static func == (left: AddressRecord, right: AddressRecord) -> Bool {
    left.index == right.index && left.text == right.text
  }

  func hash(into hasher: inout Hasher) {
    hasher.combine(index)
    hasher.combine(text)
  }

  /// The address that a message of type RTM_NEWADDR or RTM_DELADDR tells of; nil when it is of another family.
  init?(_ message: NetlinkMessage) {
    let fixed = message.payload
    guard let family = fixed.first, let index = fixed.number(UInt32.self, at: 4), index > 0,
      family == Family.inet || family == Family.inet6
    else { return nil }
    let attributes = message.attributes(after: 8)
    // Of a point-to-point link IFA_LOCAL is this end and IFA_ADDRESS the other; else they are the same, or only the
    // latter is there.
    let other = attributes[OtherAttribute.address]
    guard let local = attributes[OtherAttribute.local] ?? other, let text = IPAddress.text(local, family: family) else {
      return nil
    }
    let prefix = fixed[fixed.startIndex + 1]
    let peer = other.flatMap { $0.elementsEqual(local) ? nil : IPAddress.text($0, family: family) }
    self.init(
      index: index, text: peer.map { "\(text) peer \($0)/\(prefix)" } ?? "\(text)/\(prefix)", peer: peer ?? "",
      scope: Self.scope(fixed[fixed.startIndex + 3]))
  }

  /// The scope by the name that rt_scopes of iproute2 gives it.
  private static func scope(_ number: UInt8) -> String {
    switch number {
    case 0: "global"
    case 200: "site"
    case 253: "link"
    case 254: "host"
    case 255: "nowhere"
    default: String(number)
    }
  }
}

/// Where a bridge learned that a hardware address is.
struct NeighbourRecord: Hashable {
  /// The port.
  var index: UInt32
  var address: String
  /// 0 when the bridge does not tell VLANs apart.
  var vlan: UInt16 = 0
  /// The other end of a tunnel; empty when there is none.
  var destination = ""

  init(index: UInt32, address: String, vlan: UInt16 = 0, destination: String = "") {
    self.index = index
    self.address = address
    self.vlan = vlan
    self.destination = destination
  }

  /// The entry that a message of type RTM_NEWNEIGH or RTM_DELNEIGH tells of; nil when it is none of a bridge, or one that
  /// was not learned but put there (each port has its own address as such an entry).
  init?(_ message: NetlinkMessage) {
    let fixed = message.payload
    guard fixed.first == Family.bridge, let index = fixed.number(UInt32.self, at: 4), index > 0,
      let state = fixed.number(UInt16.self, at: 8), state & KernelNumber.permanentNeighbour == 0
    else { return nil }
    let attributes = message.attributes(after: 12)
    guard let address = attributes[OtherAttribute.hardwareAddress], !address.isEmpty else { return nil }
    let destination = attributes[OtherAttribute.destination].flatMap {
      IPAddress.text($0, family: $0.count == 4 ? Family.inet : Family.inet6)
    }
    self.init(
      index: index, address: address.prefix(32).hardwareAddress,
      vlan: attributes[OtherAttribute.vlan]?.number(UInt16.self) ?? 0, destination: destination ?? "")
  }
}
