// SPDX-License-Identifier: Apache-2.0
// A part of the stream on its way to one consumer.

public import EventModel

/// A part of the stream on its way to one consumer.
public struct DeliveryBatch: Hashable, Sendable {
  /// Where the batch begins: of all that the consumer asked for, nothing lies between what it was given before and this
  /// number, and everything from it through the last event is here.
  ///
  /// A consumer that expects a higher number has some of the events already; one that expects a lower number has missed
  /// a batch.
  public var first: UInt64
  /// The events, in order; at least one.
  public var events: [Event]

  /// A batch.
  public init(first: UInt64, events: [Event]) {
    self.first = first
    self.events = events
  }
}

/// What a consumer is told.
public enum DeliveryNotice: Sendable {
  /// Events.
  case events(DeliveryBatch)
  /// A stretch that the consumer cannot have any more, whatever it asked for. `first` tells where this notice begins, as
  /// in a batch.
  case gap(PublishedGap, first: UInt64)
  /// Nothing more comes until the consumer acknowledges something; it resumes after the number that it acknowledges.
  case suspended(after: UInt64, reason: String)
  /// The consumer did not keep up and is let go; it may come again with this number. Nothing more comes.
  case overflow(after: UInt64)
}

/// What became of something that a consumer was told.
public enum DeliveryReceipt: Sendable {
  /// It is on its way.
  case taken
  /// It cannot be sent now; the delivery goes on, from there, when it is released.
  case postponed
}
