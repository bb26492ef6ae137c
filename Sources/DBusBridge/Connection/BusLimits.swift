// SPDX-License-Identifier: Apache-2.0
// The named limits of a connection.

public import DBusTypes

/// The limits of one connection, each with the name that error texts and the manual use.
public struct BusLimits: Hashable, Sendable {
  /// Messages that come in.
  ///
  /// A larger one is not read: a call is answered with an error, anything else is dropped and counted. The connection
  /// stays.
  public var incoming = WireLimits()
  /// Messages that go out.
  ///
  /// A larger one is refused.
  public var outgoing = WireLimits()
  /// Messages handled in one turn of the loop before its other work gets its turn again.
  ///
  /// Default 64.
  public var dispatchBudget = 64
  /// Bytes waiting to go out past which signals are withheld.
  ///
  /// Default 1 MiB.
  public var signalHighWater = 1 << 20
  /// Bytes waiting to go out below which whoever was withheld is told to go on.
  ///
  /// Default 256 KiB.
  public var lowWater = 256 << 10
  /// Bytes waiting to go out past which no more messages are read, until ``lowWater``: a client that floods calls and
  /// reads no answers stops at the bus's own limit.
  ///
  /// Default 4 MiB.
  public var pauseReading = 4 << 20
  /// Bytes waiting to go out past which even answers and calls are withheld.
  ///
  /// Default 8 MiB.
  public var replyHighWater = 8 << 20
  /// Calls of one client that wait for an answer of ours; the next is refused.
  ///
  /// Default 128, a bus's own default.
  public var callsPerClient = 128
  /// Calls of all clients together that wait for an answer of ours; the next is refused.
  ///
  /// Default 4096.
  public var calls = 4096
  /// Calls of ours that wait for an answer; the next fails at once.
  ///
  /// Default 4096.
  public var pendingCalls = 4096
  /// Signals to single clients of whose refusal one still hears.
  ///
  /// Older ones are taken for delivered. Default 4096.
  public var watchedSignals = 4096

  /// The defaults.
  public init() {}
}
