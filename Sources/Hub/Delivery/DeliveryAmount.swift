// SPDX-License-Identifier: Apache-2.0
// How much of the stream: in events and in bytes.

/// How much of the stream: in events and in bytes of memory, about.
public struct DeliveryAmount: Hashable, Sendable {
  /// Events.
  public var events: Int
  /// Bytes of memory, about.
  public var bytes: Int

  /// So many events, so many bytes.
  public init(events: Int, bytes: Int) {
    self.events = events
    self.bytes = bytes
  }

  /// Nothing.
  public static let zero = DeliveryAmount(events: 0, bytes: 0)

  /// Whether either is more than the other's.
  func exceeds(_ other: DeliveryAmount) -> Bool { events > other.events || bytes > other.bytes }

  /// The smaller of both, each for itself.
  func limited(to other: DeliveryAmount) -> DeliveryAmount {
    DeliveryAmount(events: min(events, other.events), bytes: min(bytes, other.bytes))
  }

  static func += (left: inout DeliveryAmount, right: DeliveryAmount) {
    left.events += right.events
    left.bytes += right.bytes
  }

  static func - (left: DeliveryAmount, right: DeliveryAmount) -> DeliveryAmount {
    DeliveryAmount(events: left.events - right.events, bytes: left.bytes - right.bytes)
  }
}
