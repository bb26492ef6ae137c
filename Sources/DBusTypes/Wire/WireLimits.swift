// SPDX-License-Identifier: Apache-2.0
// How large a message may be.

/// The limits of one message, each with the name that error texts use.
///
/// The specification allows far more (128 MiB). These bound what a message from someone else can cost in memory.
public struct WireLimits: Hashable, Sendable {
  /// The bytes of a whole message, header too.
  ///
  /// Default 16 MiB; a bus takes 32 MiB at most, and then hangs up.
  public var messageBytes = 16 << 20
  /// The values in a message, parts of arrays and structures counted one by one, bytes of `ay` not.
  ///
  /// Default 262,144.
  public var values = 1 << 18
  /// How deep arrays, structures, dictionary entries and variants may lie within each other.
  ///
  /// Default 64, the specification's own.
  public var depth = 64
  /// The descriptors in one message.
  ///
  /// Default 16, what a bus takes.
  public var descriptors = 16

  /// The defaults.
  public init() {}
}
