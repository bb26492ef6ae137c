// SPDX-License-Identifier: Apache-2.0
// When to say no: the accounting of what waits to go out.

/// Decides what may still be queued, and remembers that something was not.
///
/// libdbus queues without end and never says no, so a bus that stands still would take all memory. The gauge knows
/// three heights: signals stop first, then reading (so no new calls come in), answers and calls of ours last.
struct OutgoingGauge {
  /// What wants to go out.
  enum Priority {
    case signal
    case reply
  }

  private let signalHighWater: Int
  private let replyHighWater: Int
  private let pauseReading: Int
  private let lowWater: Int
  private(set) var isWithholding = false
  private(set) var isPaused = false

  init(_ limits: BusLimits) {
    signalHighWater = limits.signalHighWater
    replyHighWater = max(limits.replyHighWater, limits.signalHighWater)
    pauseReading = limits.pauseReading
    lowWater = min(limits.lowWater, limits.signalHighWater)
  }

  /// Whether one message more may be queued on top of `outgoing` bytes.
  ///
  /// The height is looked at before the message is added, so one message may pass it: what is held is bounded by the
  /// height and the largest message.
  mutating func admits(_ priority: Priority, outgoing: Int) -> Bool {
    let isAdmitted = outgoing < (priority == .signal ? signalHighWater : replyHighWater)
    if !isAdmitted { isWithholding = true }
    return isAdmitted
  }

  /// Takes note of the height after something was queued or written.
  ///
  /// Returns true once when it has fallen below the low-water mark after something was withheld.
  mutating func note(outgoing: Int) -> Bool {
    if outgoing >= pauseReading { isPaused = true }
    guard outgoing < lowWater else { return false }
    isPaused = false
    defer { isWithholding = false }
    return isWithholding
  }

  /// Forgets everything: the queue went with its connection.
  mutating func reset() {
    isWithholding = false
    isPaused = false
  }
}
