// SPDX-License-Identifier: Apache-2.0
// The level of the log, which a reload can change for everybody at once.

import Logging
import Synchronization

/// The level from which messages are written; one for all loggers of the process.
final class LogThreshold: Sendable {
  private let current: Mutex<Logger.Level>

  init(_ level: Logger.Level) {
    current = Mutex(level)
  }

  var level: Logger.Level {
    get { current.withLock(\.self) }
    set { current.withLock { $0 = newValue } }
  }
}

/// Hands what is said to the queue, from a level on that may change while the process runs.
struct ThresholdLogHandler: LogHandler {
  private let queue: LogQueue
  private let threshold: LogThreshold

  init(queue: LogQueue, threshold: LogThreshold) {
    self.queue = queue
    self.threshold = threshold
  }

  var logLevel: Logger.Level {
    get { threshold.level }
    set { threshold.level = newValue }
  }

  /// Nothing here says anything by metadata, and libraries say nothing at all.
  var metadata: Logger.Metadata = [:]

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    queue.append("\(event.message)", level: event.level)
  }
}
