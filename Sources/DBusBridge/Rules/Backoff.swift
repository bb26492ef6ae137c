// SPDX-License-Identifier: Apache-2.0
// How long to wait before the next try.

/// Waits that double up to a maximum, each shortened by a random part.
///
/// Without the random part everything that a restarting bus threw off would come back in the same instant.
struct Backoff {
  private let first: Duration
  private let longest: Duration
  private var next: Duration

  init(first: Duration, longest: Duration) {
    self.first = first
    self.longest = max(first, longest)
    next = first
  }

  /// The next wait: between half of the current step and all of it.
  mutating func wait(using generator: inout some RandomNumberGenerator) -> Duration {
    let step = next
    next = min(next * 2, longest)
    return step / 2 + step / 2 * Double.random(in: 0...1, using: &generator)
  }

  /// Begins anew: the last connection was a good one.
  mutating func reset() { next = first }
}
