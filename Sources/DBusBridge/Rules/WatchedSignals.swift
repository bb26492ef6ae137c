// SPDX-License-Identifier: Apache-2.0
// Signals that the bus may still refuse.

/// The last signals whose refusal somebody wants to hear of, by their numbers.
///
/// Nobody says that a signal was delivered, so each is forgotten when enough others have followed.
struct WatchedSignals<Handler> {
  private let limit: Int
  private var handlers: [UInt32: Handler] = [:]
  private var order: [UInt32] = []
  private var start = 0

  init(limit: Int) { self.limit = limit }

  /// How many are watched.
  var count: Int { handlers.count }

  /// Adds a signal; the oldest makes room for it.
  mutating func watch(_ serial: UInt32, _ handler: Handler) {
    handlers[serial] = handler
    order.append(serial)
    while order.count - start > limit {
      handlers[order[start]] = nil
      start += 1
    }
    // Moving the rest down once as much is dead as alive keeps the cost constant.
    if start > limit {
      order.removeFirst(start)
      start = 0
    }
  }

  /// Takes out the signal with a number, if it is watched.
  mutating func take(_ serial: UInt32) -> Handler? { handlers.removeValue(forKey: serial) }

  /// Forgets all: the connection on which they went out is gone.
  mutating func removeAll() { self = WatchedSignals(limit: limit) }
}
