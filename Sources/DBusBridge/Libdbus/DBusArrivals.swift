// SPDX-License-Identifier: Apache-2.0
// What libdbus handed over and nobody has looked at yet, in order.

import DBusTypes

/// A queue of what came on one connection.
///
/// Nearly always there is one thing in it, for a moment, so the memory is kept; what is taken is let go of at once.
struct DBusArrivals {
  /// What came from the bus or from libdbus itself.
  enum Arrival {
    /// A message that answers no call of ours, or answers one too late.
    case message(ReceivedMessage)
    /// The answer to the call with this serial number, or what libdbus says instead when its time is over.
    case reply(UInt32, Result<ReceivedMessage, BusError>)
    /// A message that a limit or a rule of ours refuses even to look at.
    case refused(WireError)
    /// The last of all: the connection is gone.
    case disconnected
  }

  private var waiting: [Arrival?] = []
  private var taken = 0

  /// How many there are.
  var count: Int { waiting.count - taken }

  /// Adds the latest.
  @inline(__always) mutating func append(_ arrival: Arrival) { waiting.append(arrival) }

  /// Takes the earliest.
  @inline(__always) mutating func takeFirst() -> Arrival? {
    guard taken < waiting.count else { return nil }
    let first = waiting[taken].take()
    taken += 1
    if taken == waiting.count { removeAll() }
    return first
  }

  /// Lets go of all.
  mutating func removeAll() {
    waiting.removeAll(keepingCapacity: true)
    taken = 0
  }
}
