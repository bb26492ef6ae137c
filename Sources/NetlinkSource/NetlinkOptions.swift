// SPDX-License-Identifier: Apache-2.0
// What can be chosen about the source of links.

/// What can be chosen about the source of network links.
public struct NetlinkOptions: Sendable {
  /// Bytes of the socket's receive buffer; default 64 MiB, which holds more than 50,000 messages.
  ///
  /// The kernel uses memory only for what waits. Without the capability CAP_NET_ADMIN the kernel gives less, and the
  /// source says so.
  public var receiveBuffer = 64 << 20
  /// Whether addresses of links are watched; default yes.
  public var watchesAddresses = true
  /// Whether it is watched what bridges learn (the forwarding database); default no, since that is a lot.
  public var watchesNeighbours = false
  /// How often cards that have virtual functions are asked for them besides; default 60 s.
  ///
  /// Of a card that is switched off the kernel tells no changes.
  public var functionInterval = Duration.seconds(60)
  /// Datagrams that are read in one turn of the loop; default 32.
  public var datagramsPerTurn = 32
  /// What one host may cost.
  public var limits = NetlinkLimits()

  /// The defaults.
  public init() {}
}

/// The limits of the source of network links; what is beyond one is left out, and the source says so.
public struct NetlinkLimits: Sendable {
  /// Links; default 65,536.
  public var links = 65_536
  /// Addresses that are kept of one link; default 1024.
  public var addressesPerLink = 1024
  /// Entries that are kept of what bridges learned, in all; default 65,536.
  public var neighbours = 65_536
  /// Virtual functions of one card; default 1024.
  public var virtualFunctions = 1024
  /// Further names of one link; default 64.
  public var alternativeNames = 64
  /// Bytes of a name; default 128, the kernel's own limit for further names.
  public var nameBytes = 128
  /// Cards that are asked for their virtual functions in one go; default 512.
  public var functionQueries = 512
  /// Requests to set something that wait for the kernel; default 64.
  public var requests = 64
  /// Bytes of one datagram; default 1 MiB.
  ///
  /// The kernel's own are 32 KiB, and more only for cards with many functions.
  public var datagramBytes = 1 << 20

  /// The defaults.
  public init() {}
}
