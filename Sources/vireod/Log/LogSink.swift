// SPDX-License-Identifier: Apache-2.0
// Events in the daemon's own log.

import EventModel
import Hub
import Logging

/// Writes events to the daemon's own log: each at the level of its severity, but what is ordinary only for debugging.
final class LogSink: EventSink {
  private let logger: Logger

  init(logger: Logger) {
    self.logger = logger
  }

  nonisolated func publish(_ batch: PublishedBatch) {
    let threshold = logger.logLevel
    for place in batch.events.indices {
      let level = LogSink.level(batch.events[place].severity)
      guard level >= threshold else { continue }
      let event = batch.events[place]
      logger.log(level: level, "\(event.sequence) \(event.kind.rawValue) \(event.subject.objectPath) \(data(event))")
    }
  }

  private func data(_ event: Event) -> String {
    // As JSON, so that no text of a guest can break a line of the log.
    var writer = JSONWriter()
    writer.write(event.data)
    return writer.text
  }

  private static func level(_ severity: Severity) -> Logger.Level {
    switch severity {
    case .debug: .trace
    case .info, .notice: .debug
    case .warning: .warning
    case .error: .error
    case .critical: .critical
    }
  }
}
