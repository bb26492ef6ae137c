// SPDX-License-Identifier: Apache-2.0
// How many events one machine may bring: a burst, then so many a second.

package import EventModel

/// How many events one machine may bring.
package struct RateLimits: Hashable, Sendable {
  /// How many at once.
  package var burst: Int
  /// How many a second in the long run.
  package var perSecond: Int
  /// How long it must be quiet until a flood is over.
  package var calm: Duration

  /// The limits, by default 2,000 at once and 200 a second.
  package init(burst: Int = 2000, perSecond: Int = 200, calm: Duration = .seconds(5)) {
    self.burst = max(1, burst)
    self.perSecond = max(1, perSecond)
    self.calm = calm
  }
}

/// Keeps a flooding guest from filling the history: a token bucket, and a count of what it turned away.
///
/// Changes of state always pass and cost nothing; what is turned away is counted by kind and never lost without a word.
package struct RateGuard: Sendable {
  private let limits: RateLimits
  /// Tokens in billionths: one token a second is then one unit a nanosecond.
  private var credit: Int64
  private var creditTime: MonotonicTime
  private var folded: [EventKind: UInt64] = [:]
  private var lastFold: MonotonicTime?

  private static let unit: Int64 = 1_000_000_000

  /// A guard whose bucket is full.
  package init(limits: RateLimits, now: MonotonicTime) {
    self.limits = limits
    credit = Int64(limits.burst) * Self.unit
    creditTime = now
  }

  /// What is to be done with an event.
  package enum Verdict: Hashable, Sendable {
    /// Publish it.
    case pass
    /// Count it, it is counted already.
    case fold
    /// Like `fold`, and it is the first of a flood: say so.
    case foldFirst
  }

  /// Decides about an event of that kind.
  package mutating func admit(_ kind: EventKind, now: MonotonicTime) -> Verdict {
    Self.isStateChange(kind) ? .pass : admitOther(kind, now: now)
  }

  /// Decides about an event of a kind that is known to tell no change of state.
  package mutating func admitOther(_ kind: EventKind, now: MonotonicTime) -> Verdict {
    let full = Int64(limits.burst) * Self.unit
    let elapsed = max(0, now.nanoseconds - creditTime.nanoseconds)
    // So long a time fills any bucket, and the product below cannot overflow.
    let gained = elapsed > full / Int64(limits.perSecond) ? full : elapsed * Int64(limits.perSecond)
    credit = min(full, credit + gained)
    creditTime = now
    if credit >= Self.unit {
      credit -= Self.unit
      return .pass
    }
    let isFirst = lastFold == nil
    lastFold = now
    folded[kind, default: 0] += 1
    return isFirst ? .foldFirst : .fold
  }

  /// When to look whether the flood is over; `nil` when there is none.
  package var deadline: MonotonicTime? { lastFold.map { $0 + limits.calm } }

  /// What was folded since the last report, and forgets it.
  package mutating func report(now: MonotonicTime) -> Report? {
    guard let last = lastFold else { return nil }
    let isOver = now >= last + limits.calm
    if isOver { lastFold = nil }
    defer { folded = [:] }
    return Report(folded: folded, isOver: isOver)
  }

  /// What a flood brought.
  package struct Report: Hashable, Sendable {
    /// How many events were folded, by kind.
    package let folded: [EventKind: UInt64]
    /// Whether the flood is over.
    package let isOver: Bool

    /// The data of `source.flooded`.
    package var data: Fields {
      let kinds = folded.sorted { $0.key.rawValue < $1.key.rawValue }
      return [
        "folded": .map(Fields(kinds.map { ($0.key.rawValue, .uint($0.value)) })),
        "total": .uint(folded.values.reduce(0, +)),
        "ended": .bool(isOver),
      ]
    }
  }

  /// Whether the kind tells a change of state: those are never folded.
  package static func isStateChange(_ kind: EventKind) -> Bool { stateChanges.contains(kind) }

  private static let stateChanges: Set<EventKind> = Set(
    EventKind.allCases.filter { $0.state != nil }
  ).union([
    .vmAdded, .vmRemoved, .vmStopped, .vmShutdown, .vmIdentityConflict, .vmGuestPanicked,
    .vmGuestCrashLoaded,
    .vmWatchdog, .vmSuspend, .vmWakeup, .vmMigrationStatus,
  ])
}
