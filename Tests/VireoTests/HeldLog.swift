// SPDX-License-Identifier: Apache-2.0
// A log that takes its time.

import EventModel
import Synchronization

/// A log in memory that keeps its answers to itself while it is held, as a journal does whose disk is slow.
final class HeldLog: EventLog {
  private let log = MemoryLog()
  private let held = Mutex<[@Sendable () -> Void]?>(nil)

  var contents: LogContents { log.contents }
  var oldest: UInt64 { log.oldest }

  /// From now on nothing is accepted.
  func hold() { held.withLock { $0 = [] } }

  /// Accepts what waits, and everything from now on.
  func release() {
    let waiting = held.withLock { held in
      defer { held = nil }
      return held ?? []
    }
    for append in waiting { append() }
  }

  func append(_ batch: LogBatch, completion: @escaping @Sendable (LogOutcome) -> Void) {
    let append: @Sendable () -> Void = { [log] in log.append(batch, completion: completion) }
    let isHeld = held.withLock { held in
      held?.append(append)
      return held != nil
    }
    if !isHeld { append() }
  }

  func read(_ query: LogQuery, completion: @escaping @Sendable (Result<LogPage, LogError>) -> Void) {
    log.read(query, completion: completion)
  }

  func findCursor(_ time: Timestamp, completion: @escaping @Sendable (Result<UInt64, LogError>) -> Void) {
    log.findCursor(time, completion: completion)
  }

  func close(completion: @escaping @Sendable () -> Void) { log.close(completion: completion) }
}
