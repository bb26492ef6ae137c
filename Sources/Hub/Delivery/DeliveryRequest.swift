// SPDX-License-Identifier: Apache-2.0
// What a consumer asks for, and why it may be refused.

public import EventModel

/// What a consumer asks for.
public struct DeliveryRequest: Sendable {
  /// Where a delivery begins.
  public enum Start: Hashable, Sendable {
    /// After a number.
    case after(UInt64)
    /// With the oldest event that is held.
    case oldest
    /// With whatever is published next.
    case now
  }

  /// What it wants to have.
  public var filter: EventFilter
  /// Where it begins.
  public var start: Start
  /// The instance that the number belongs to, where the consumer says it.
  public var instance: InstanceID?
  /// For whom it is: the user whose limit it counts against.
  public var user: UInt32
  /// How much may be handed over and not acknowledged.
  public var window: DeliveryAmount
  /// How much is read and handed over at once.
  public var page: DeliveryAmount
  /// How long an acknowledgement may be owed before the delivery is suspended; nil for ever.
  public var acknowledgementTimeout: Duration?
  /// How much may be published while the consumer takes nothing, before it is let go; nil for ever.
  public var patience: DeliveryAmount?

  /// A request.
  public init(
    filter: EventFilter, start: Start, instance: InstanceID? = nil, user: UInt32, window: DeliveryAmount,
    page: DeliveryAmount = DeliveryLimits.page, acknowledgementTimeout: Duration? = nil,
    patience: DeliveryAmount? = nil
  ) {
    self.filter = filter
    self.start = start
    self.instance = instance
    self.user = user
    self.window = window
    self.page = page
    self.acknowledgementTimeout = acknowledgementTimeout
    self.patience = patience
  }
}

/// How many consumers there may be.
public struct DeliveryLimits: Sendable {
  /// What is read and handed over at once.
  public static let page = DeliveryAmount(events: 256, bytes: 128 << 10)

  /// What is kept of the latest events while nobody reads them: who comes then reads what was before from the log.
  public static let unread = DeliveryAmount(events: 128, bytes: 64 << 10)

  /// Consumers of one user; default 64.
  public var perUser = 64
  /// Consumers in all; default 1024.
  public var total = 1024
  /// What was published lately and is shared by all, while there are consumers; default 8,192 events and 8 MiB.
  public var recent = DeliveryAmount(events: 8192, bytes: 8 << 20)
  /// How long to wait before a consumer that was refused, or a log that could not be read, is tried again; default 1 s.
  public var retryInterval = Duration.seconds(1)

  /// The defaults.
  public init() {}
}

/// Why a consumer is refused.
public enum DeliveryRefusal: Error, Hashable, Sendable {
  /// What it asks for is no longer held; the oldest held has this number.
  case expired(oldest: UInt64)
  /// The number belongs to another instance than this one, or was never given out by it.
  case foreign(InstanceID)
  /// A limit was reached: its name and its value.
  case limitReached(String, Int)
  /// The consumer acknowledges a number that it was never given.
  case neverGiven(UInt64)
  /// There is no such delivery (any more).
  case ended
  /// The system has not what is needed; the text says what.
  case unavailable(String)
}

/// The token of a delivery; it is never used again.
public struct DeliveryID: Hashable, Sendable {
  let rawValue: UInt64
}

/// How a delivery stands.
public struct DeliveryStatus: Hashable, Sendable {
  /// What it does: replaying, live, waiting or suspended.
  public var state: String
  /// The last number that is dealt with on this side: handed over, filtered out, or told as missing.
  public var delivered: UInt64
  /// How many numbers that is behind the newest.
  public var lag: UInt64
}
