// SPDX-License-Identifier: Apache-2.0
// HandleID and TimerID: tokens that are never used twice.

/// The token of a handle: a slot number and the generation of that slot.
///
/// The first handle of a loop has the raw value 1, zero is never valid, and a value that was given out once is never given out
/// again by that loop, however often its slot is.
public struct HandleID: RawRepresentable, Hashable, Sendable {
  /// The slot in the lower half, its generation in the upper half.
  public let rawValue: UInt64

  /// Makes a token from a number that was a token's `rawValue` before; any other number is simply unknown to the loop.
  public init(rawValue: UInt64) {
    self.rawValue = rawValue >> 63 == 0 ? rawValue : 0
  }

  /// Makes a token that the loop itself gives out: its uppermost bit is clear, so that no generation is `UInt32.max`.
  @inline(__always) init(_ token: UInt64) {
    rawValue = token
  }
}

/// The token of a timer: a slot number and the generation of that slot.
///
/// Timers are numbered apart from handles: handle 1 and timer 1 may both exist.
public struct TimerID: RawRepresentable, Hashable, Sendable {
  /// The slot in the lower half, its generation in the upper half.
  public let rawValue: UInt64

  /// Makes a token from a number that was a token's `rawValue` before; any other number is simply unknown to the loop.
  public init(rawValue: UInt64) {
    self.rawValue = rawValue >> 63 == 0 ? rawValue : 0
  }

  /// Makes a token that the loop itself gives out: its uppermost bit is clear, so that no generation is `UInt32.max`.
  @inline(__always) init(_ token: UInt64) {
    rawValue = token
  }
}

extension HandleID: CustomStringConvertible {
  var slot: UInt32 { UInt32(truncatingIfNeeded: rawValue) }
  var generation: UInt32 { UInt32(truncatingIfNeeded: rawValue >> 32) }

  /// The raw value in decimal.
  public var description: String { String(rawValue) }
}

extension TimerID: CustomStringConvertible {
  var slot: UInt32 { UInt32(truncatingIfNeeded: rawValue) }
  var generation: UInt32 { UInt32(truncatingIfNeeded: rawValue >> 32) }

  /// The raw value in decimal.
  public var description: String { String(rawValue) }
}
