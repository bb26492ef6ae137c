// SPDX-License-Identifier: Apache-2.0
// Whether there is a bus.

public import DBusTypes

/// Where a connection stands.
public enum BusState: Hashable, Sendable {
  /// There is no bus, and why; another try follows unless ``BusConnection/stop()`` was called.
  case disconnected(BusError?)
  /// A try is under way: connecting, authenticating, being greeted.
  case connecting
  /// Connected, with the name that the bus gave.
  case connected(BusName)

  /// Whether messages can be sent now.
  public var isConnected: Bool { if case .connected = self { true } else { false } }
}

/// What became of a message that was to be sent.
public enum SendOutcome: Hashable, Sendable {
  /// It is on its way, or waits to go out; the bus will have it unless the connection is lost first.
  case queued
  /// It was not taken, since too much waits to go out already; `BusConnection.onDrained(_:)` tells when to go on.
  case withheld
  /// It was not taken, since there is no bus now.
  case notConnected
  /// It was not taken, since no message can carry it, or it is larger than a limit.
  case rejected(BusError)
}

/// What became of a name that was asked for with `BusConnection.own(_:flags:handler:)`.
public enum NameEvent: Hashable, Sendable {
  /// We own it now.
  case acquired
  /// Another owns it, and we are next, or after others.
  case queued
  /// The bus said no, and why; it is asked again after the next reconnection only.
  case refused(BusError)
  /// We owned it, and no longer do: another took it, or the bus is gone.
  case lost
}

/// How a name is asked for, with the bits of the wire.
public struct NameFlags: OptionSet, Hashable, Sendable {
  /// The bits.
  public let rawValue: UInt32
  /// Takes the bits as they are.
  public init(rawValue: UInt32) { self.rawValue = rawValue }
  /// Another who asks with ``replaceExisting`` may take the name from us.
  public static let allowReplacement = NameFlags(rawValue: 1)
  /// Take the name from an owner who allows it.
  public static let replaceExisting = NameFlags(rawValue: 2)
  /// Refuse rather than wait in the queue.
  public static let doNotQueue = NameFlags(rawValue: 4)
}

/// What a connection has done since it was made; the numbers only grow.
public struct BusStatistics: Hashable, Sendable {
  /// Messages that came.
  public var received = 0
  /// Messages that were queued.
  public var sent = 0
  /// Signals that were withheld.
  public var signalsWithheld = 0
  /// Answers that were withheld; whoever called waits in vain.
  public var repliesWithheld = 0
  /// Messages that a limit or a rule refused to read.
  public var refused = 0
  /// Calls that were refused, since too many wait for an answer.
  public var callsRefused = 0
  /// Times that libdbus had no memory and was left alone for a while.
  public var memoryWaits = 0
  /// Connections made, the first one included.
  public var connections = 0

  /// All zero.
  public init() {}
}
