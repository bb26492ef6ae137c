// SPDX-License-Identifier: Apache-2.0
// What can be chosen about the source of usage.

/// What can be chosen about the source of usage.
public struct UsageOptions: Sendable {
  /// How often each machine is looked at again, since no event tells that it opened something; default 60 s.
  public var interval = Duration.seconds(60)
  /// How long events that make a look worthwhile gather before it is taken; default 300 ms.
  public var gathering = Duration.milliseconds(300)
  /// What one machine may cost.
  public var limits = UsageLimits()

  /// The defaults.
  public init() {}
}

/// The limits of the source of usage.
public struct UsageLimits: Sendable {
  /// Descriptors of one process that are looked at; default 65,536.
  public var descriptors = 65_536
  /// Devices and links that one machine is said to use; default 1024.
  public var resources = 1024

  /// The defaults.
  public init() {}
}
