// SPDX-License-Identifier: Apache-2.0
// How the client socket is served.

public import Hub

/// How the client socket is served.
public struct StreamOptions: Sendable {
  /// Where the socket is.
  public var path: String
  /// The group that may connect, where there is one of that name.
  public var group = "vireo"
  /// Connections at once; default 1024.
  public var connections = 1024
  /// Connections of one user at once; default 128.
  public var connectionsPerUser = 128
  /// Bytes that may wait for one client before its next call is looked at; default 256 KiB.
  ///
  /// The answer to one call may go past it.
  public var outgoingBytes = 256 << 10
  /// Events that may wait for one client of `Monitor`; default 1,024 and 256 KiB.
  public var window = DeliveryAmount(events: 1024, bytes: 256 << 10)
  /// What may be published while a client of `Monitor` reads nothing, before it is told `Overflow`; default 10,000 events
  /// and 8 MiB.
  ///
  /// None of it is held in memory.
  public var patience = DeliveryAmount(events: 10_000, bytes: 8 << 20)
  /// How long a client that was told `Overflow` may take to read that; default 30 s.
  public var closingTime = Duration.seconds(30)

  /// The defaults for a path.
  public init(path: String) {
    self.path = path
  }
}

/// Who serves, as `GetInfo` tells it.
public struct ServiceIdentity: Sendable {
  /// The version of the hub.
  public let version: String

  /// An identity.
  public init(version: String) {
    self.version = version
  }
}
