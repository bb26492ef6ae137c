// SPDX-License-Identifier: Apache-2.0
// A file descriptor that travels in a message.

private import Glibc

/// Owns one file descriptor and closes it once, when the last value that refers to it goes.
///
/// *Ownership*: taking a descriptor in means giving it away. Sending duplicates it, so a value may be sent often.
/// *Threading*: any thread. Two are equal if they are the same owner, whatever the numbers.
public final class BusDescriptor: Hashable, Sendable {
  /// The number, valid while this object lives.
  ///
  /// Borrow it; do not close it.
  public let rawValue: CInt

  /// Takes ownership of an open descriptor.
  public init(adopting descriptor: CInt) { rawValue = descriptor }

  deinit {
    // A close that fails has nobody to tell here, and the number is free again all the same.
    _ = close(rawValue)
  }

  /// Whether both are the same owner.
  public static func == (left: BusDescriptor, right: BusDescriptor) -> Bool { left === right }

  /// Hashes the identity.
  public func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}
