// SPDX-License-Identifier: Apache-2.0
// HandleEvents: what a handle waits for and what it is told.

/// A set of conditions of a descriptor, with libvirt's values.
///
/// As interest, only `readable` and `writable` choose anything: `error` and `hangup` arrive unasked to every handle whose
/// interest is not empty. An empty interest means that the handle hears nothing at all, not even those two.
@frozen public struct HandleEvents: OptionSet, Hashable, BitwiseCopyable, Sendable {
  /// The bits, `1` to `8`.
  public let rawValue: UInt8

  /// Makes a set from its bits.
  @inlinable public init(rawValue: UInt8) {
    self.rawValue = rawValue
  }

  /// There is something to read, or the end of the stream.
  public static var readable: HandleEvents { @inlinable get { HandleEvents(rawValue: 1) } }
  /// A write would be accepted.
  public static var writable: HandleEvents { @inlinable get { HandleEvents(rawValue: 2) } }
  /// The descriptor is in an error state, or the kernel refused to watch it.
  public static var error: HandleEvents { @inlinable get { HandleEvents(rawValue: 4) } }
  /// The other side is gone.
  public static var hangup: HandleEvents { @inlinable get { HandleEvents(rawValue: 8) } }

  /// What a handle with this interest may be told: nothing when the interest is empty.
  @inline(__always) var deliverable: HandleEvents {
    isEmpty ? [] : HandleEvents(rawValue: (rawValue & 15) | 12)
  }
}

extension HandleEvents: CustomStringConvertible {
  /// The names of the members, as in `readable|hangup`.
  public var description: String {
    let names: [(HandleEvents, String)] = [
      (.readable, "readable"), (.writable, "writable"), (.error, "error"), (.hangup, "hangup"),
    ]
    return isEmpty ? "none" : names.filter { contains($0.0) }.map(\.1).joined(separator: "|")
  }
}
