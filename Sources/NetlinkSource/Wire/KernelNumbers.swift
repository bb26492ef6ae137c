// SPDX-License-Identifier: Apache-2.0
// FENCE: the numbers of rtnetlink(7), taken from the kernel's headers and typed.

private import CNetlink
private import Glibc

/// Types of messages.
enum MessageType {
  static let error = UInt16(NLMSG_ERROR)
  static let done = UInt16(NLMSG_DONE)
  static let overrun = UInt16(NLMSG_OVERRUN)
  static let newLink = UInt16(RTM_NEWLINK)
  static let deleteLink = UInt16(RTM_DELLINK)
  static let getLink = UInt16(RTM_GETLINK)
  static let setLink = UInt16(RTM_SETLINK)
  static let newAddress = UInt16(RTM_NEWADDR)
  static let deleteAddress = UInt16(RTM_DELADDR)
  static let getAddress = UInt16(RTM_GETADDR)
  static let newNeighbour = UInt16(RTM_NEWNEIGH)
  static let deleteNeighbour = UInt16(RTM_DELNEIGH)
  static let getNeighbour = UInt16(RTM_GETNEIGH)
}

/// Flags of messages.
enum MessageFlag {
  static let request = UInt16(NLM_F_REQUEST)
  static let acknowledge = UInt16(NLM_F_ACK)
  static let dump = UInt16(NLM_F_ROOT | NLM_F_MATCH)
  static let dumpInterrupted = UInt16(NLM_F_DUMP_INTR)
  static let capped = UInt16(NLM_F_CAPPED)
  static let hasAttributes = UInt16(NLM_F_ACK_TLVS)
}

/// Address families, of which a netlink message has one byte.
enum Family {
  static let unspecified = UInt8(AF_UNSPEC)
  static let inet = UInt8(AF_INET)
  static let inet6 = UInt8(AF_INET6)
  static let bridge = UInt8(AF_BRIDGE)
}

/// Attributes of links.
enum LinkAttribute {
  static let address = UInt16(IFLA_ADDRESS)
  static let name = UInt16(IFLA_IFNAME)
  static let mtu = UInt16(IFLA_MTU)
  static let master = UInt16(IFLA_MASTER)
  static let operationalState = UInt16(IFLA_OPERSTATE)
  static let information = UInt16(IFLA_LINKINFO)
  static let functions = UInt16(IFLA_VFINFO_LIST)
  static let extensionMask = UInt16(IFLA_EXT_MASK)
  static let properties = UInt16(IFLA_PROP_LIST)
  static let alternativeName = UInt16(IFLA_ALT_IFNAME)
  static let parentName = UInt16(IFLA_PARENT_DEV_NAME)
  static let parentBus = UInt16(IFLA_PARENT_DEV_BUS_NAME)
  static let kind = UInt16(IFLA_INFO_KIND)
  static let kindData = UInt16(IFLA_INFO_DATA)
  static let tunType = UInt16(IFLA_TUN_TYPE)
}

/// Attributes of virtual functions.
enum FunctionAttribute {
  static let function = UInt16(IFLA_VF_INFO)
  static let address = UInt16(IFLA_VF_MAC)
  static let vlan = UInt16(IFLA_VF_VLAN)
  static let transmitRate = UInt16(IFLA_VF_TX_RATE)
  static let spoofCheck = UInt16(IFLA_VF_SPOOFCHK)
  static let linkState = UInt16(IFLA_VF_LINK_STATE)
  static let rate = UInt16(IFLA_VF_RATE)
  static let trust = UInt16(IFLA_VF_TRUST)
  static let vlanList = UInt16(IFLA_VF_VLAN_LIST)
  static let vlanInfo = UInt16(IFLA_VF_VLAN_INFO)
}

/// Attributes of addresses, of neighbours and of errors.
enum OtherAttribute {
  static let address = UInt16(IFA_ADDRESS)
  static let local = UInt16(IFA_LOCAL)
  static let label = UInt16(IFA_LABEL)
  static let hardwareAddress = UInt16(NDA_LLADDR)
  static let destination = UInt16(NDA_DST)
  static let vlan = UInt16(NDA_VLAN)
  static let errorText = UInt16(NLMSGERR_ATTR_MSG.rawValue)
}

/// Further numbers.
enum KernelNumber {
  static let isUp = UInt32(IFF_UP.rawValue)
  static let hasCarrier = UInt32(IFF_LOWER_UP.rawValue)
  static let loopback = UInt16(ARPHRD_LOOPBACK)
  static let tap = UInt8(IFF_TAP)
  static let permanentNeighbour = UInt16(NUD_PERMANENT)
  static let filterFunctions = UInt32(RTEXT_FILTER_VF)
  static let filterStatistics = UInt32(RTEXT_FILTER_SKIP_STATS)
  static let noMaster: UInt32 = 0
  /// The error number of an answer without sense.
  static let protocolError = Int32(EPROTO)
  /// Set on the type of an attribute whose payload is attributes.
  static let nested = UInt16(NLA_F_NESTED)
  /// The type of an attribute without its flags.
  static let typeMask = ~UInt16(NLA_F_NESTED | NLA_F_NET_BYTEORDER)
}
