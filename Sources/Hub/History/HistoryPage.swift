// SPDX-License-Identifier: Apache-2.0
// A page of history, and why there is none.

public import EventModel

/// A page of history.
public struct HistoryPage: Sendable {
  /// The events that passed, in order; empty only at the end.
  public var events: [Event]
  /// Up to which number was searched: the cursor for the next page.
  public var searched: UInt64
  /// The newest number that is public.
  public var head: UInt64
}

/// Why there is no page.
public enum HistoryRefusal: Error, Hashable, Sendable {
  /// The cursor was never given out, so it is of another instance; an empty page would hide that for ever.
  case foreign
  /// The log does not hold it, or cannot be read.
  case log(LogError)
}
