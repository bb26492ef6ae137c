// SPDX-License-Identifier: Apache-2.0
// Who hears what the hub publishes.

public import EventModel

/// What became public in one go: events in order, and what changed in the registry with them.
public struct PublishedBatch: Sendable {
  /// The events, in order.
  public var events: [Event] = []
  /// Objects that are new.
  public var added: [HubObject] = []
  /// Objects that changed, and in which properties.
  public var changed: [(object: HubObject, properties: PropertySet)] = []
  /// Objects that are gone.
  public var removed: [Subject] = []
  /// A stretch of numbers that was withheld from everybody, before these events.
  public var gap: PublishedGap?
}

/// A stretch of numbers that nobody gets, and why.
public struct PublishedGap: Hashable, Sendable {
  /// The first number.
  public var first: UInt64
  /// The last number.
  public var last: UInt64
  /// Why, in the words of `hub.gap`.
  public var reason: String

  /// A stretch.
  public init(first: UInt64, last: UInt64, reason: String) {
    self.first = first
    self.last = last
    self.reason = reason
  }
}

/// Who hears what the hub publishes: the bus, streams, the metrics.
public protocol EventSink: AnyObject, Sendable {
  /// Takes what became public. Called on the loop; never blocks; may call the hub.
  nonisolated func publish(_ batch: PublishedBatch)
}
