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

/// Writes to standard error, from a level on that may change while the process runs.
struct ThresholdLogHandler: LogHandler {
  private var stream: StreamLogHandler
  private let threshold: LogThreshold

  init(label: String, threshold: LogThreshold) {
    stream = StreamLogHandler.standardError(label: label)
    stream.logLevel = .trace
    self.threshold = threshold
  }

  var logLevel: Logger.Level {
    get { threshold.level }
    set { threshold.level = newValue }
  }

  var metadata: Logger.Metadata {
    get { stream.metadata }
    set { stream.metadata = newValue }
  }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { stream[metadataKey: key] }
    set { stream[metadataKey: key] = newValue }
  }

  func log(event: LogEvent) {
    stream.log(event: event)
  }
}
