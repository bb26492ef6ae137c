// SPDX-License-Identifier: Apache-2.0
// Things gathered from callbacks.

import Synchronization
import Testing

/// Things gathered from callbacks of any thread.
final class Collected<Element: Sendable>: Sendable {
  private let elements = Mutex<[Element]>([])

  /// Adds one.
  ///
  /// - Returns: how many there are now.
  @discardableResult
  func add(_ element: Element) -> Int {
    elements.withLock {
      $0.append(element)
      return $0.count
    }
  }

  var all: [Element] { elements.withLock(\.self) }
}

/// Waits until something is so, which other threads or processes bring about without a word; a minute at most.
func eventually(_ condition: () async throws -> Bool) async throws {
  let deadline = ContinuousClock.now + .seconds(60)
  while try await !condition() {
    try #require(ContinuousClock.now < deadline, "it never came")
    await Task.yield()
  }
}
