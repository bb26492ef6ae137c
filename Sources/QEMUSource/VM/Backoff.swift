// SPDX-License-Identifier: Apache-2.0
// How long to wait before trying again.

/// Waiting times that double up to a limit, each shortened at random by up to a half, so that many sources that lost their peer at
/// one moment do not come back at one moment.
package struct Backoff: Sendable {
  private let first: Duration
  private let limit: Duration
  /// How often it was tried since it last went well.
  package private(set) var attempts = 0

  /// Waiting times, by default from a quarter of a second up to 30 s.
  package init(first: Duration = .milliseconds(250), limit: Duration = .seconds(30)) {
    self.first = first
    self.limit = limit
  }

  /// The next waiting time.
  package mutating func next(using generator: inout some RandomNumberGenerator) -> Duration {
    let doublings = min(attempts, 20)
    attempts += 1
    let whole = min(first * (1 << doublings), limit)
    return whole - whole * Double.random(in: 0...0.5, using: &generator)
  }

  /// It went well: begin anew.
  package mutating func reset() { attempts = 0 }
}
