// SPDX-License-Identifier: Apache-2.0
// OwnedDescriptor: a file descriptor that is closed exactly once.

import Glibc

/// A file descriptor with one owner, closed when that owner lets go of it.
///
/// Ownership: moves with the value. `release` gives the bare number away, and with it the duty to close.
public struct OwnedDescriptor: ~Copyable, Sendable {
  /// The descriptor's number.
  ///
  /// It is valid while this value lives; whoever borrows it does not close it.
  public let rawValue: CInt

  /// Takes over a descriptor that nobody else closes.
  public init(adopting rawValue: CInt) {
    precondition(rawValue >= 0, "only an open descriptor has an owner")
    self.rawValue = rawValue
  }

  deinit {
    // Nobody is left who could hear of a failure; whoever wants to hear of it calls `close`.
    _ = Glibc.close(rawValue)
  }

  /// Closes the descriptor and says how that went.
  ///
  /// It is closed afterwards in either case. The corresponding C function is `close`.
  public consuming func close() throws(LoopError) {
    let number = rawValue
    discard self
    guard Glibc.close(number) == 0 else { throw LoopError(.close, errorNumber: errno) }
  }

  /// Gives the number away without closing it.
  public consuming func release() -> CInt {
    let number = rawValue
    discard self
    return number
  }
}
