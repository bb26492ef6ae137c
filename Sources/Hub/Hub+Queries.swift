// SPDX-License-Identifier: Apache-2.0
// What the hub answers: its objects and its log.

import EventLoop
public import EventModel

extension Hub {
  /// The object of a subject, as it is after the newest event stamped.
  public func object(_ subject: Subject) -> HubObject? { registry[subject] }

  /// The object with an object path, as it is after the newest event stamped.
  public func object(at path: String) -> HubObject? { registry[path: path] }

  /// The objects of a category, oldest first.
  public func objects(_ category: Subject.Category) -> [HubObject] { registry.all(category) }

  /// The oldest number held.
  public var oldest: UInt64 { log.oldest }

  /// Reads a stretch of history; the completion comes on the loop.
  public func read(_ query: LogQuery, completion: @escaping @Sendable (Result<LogPage, LogError>) -> Void) {
    log.read(query, completion: onLoop(completion))
  }

  /// Finds the cursor of a moment; the completion comes on the loop.
  public func findCursor(_ time: Timestamp, completion: @escaping @Sendable (Result<UInt64, LogError>) -> Void) {
    log.findCursor(time, completion: onLoop(completion))
  }

  private nonisolated func onLoop<T: Sendable>(_ completion: @escaping @Sendable (T) -> Void) -> @Sendable (T) -> Void {
    { [loop] result in
      if loop.isOnLoop { completion(result) } else { loop.submit { completion(result) } }
    }
  }
}
