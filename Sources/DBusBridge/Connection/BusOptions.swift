// SPDX-License-Identifier: Apache-2.0
// How a connection behaves.

/// How a connection behaves; the defaults suit a daemon on the system bus.
public struct BusOptions: Hashable, Sendable {
  /// The named limits.
  public var limits = BusLimits()
  /// The first wait before connecting again; each that follows is twice as long.
  ///
  /// Default 100 ms.
  public var firstRetry: Duration = .milliseconds(100)
  /// The longest wait before connecting again.
  ///
  /// Default 30 s.
  public var longestRetry: Duration = .seconds(30)
  /// How long a connection must have lasted for the waits to begin anew.
  ///
  /// Default 10 s.
  public var stableAfter: Duration = .seconds(10)
  /// How long authentication and the answer to `Hello` may take together.
  ///
  /// Default 25 s.
  public var helloTimeout: Duration = .seconds(25)
  /// Whether small messages go straight into the socket while nothing else waits to go out.
  ///
  /// It saves two thirds of the cost of a signal; `DirectWriter.swift` says how. Default true.
  public var writesDirectly = true
  /// The wait after libdbus ran out of memory.
  ///
  /// Default 500 ms.
  public var memoryRetry: Duration = .milliseconds(500)

  /// The defaults.
  public init() {}
}
