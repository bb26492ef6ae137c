// SPDX-License-Identifier: Apache-2.0
// A loop in a thread of its own.

import DBusBridge
import EventLoop
import Foundation

/// A loop that runs in a thread of its own until this object goes.
final class LoopThread: Sendable {
  let loop: EventLoop

  init(_ name: String) throws {
    let loop = try EventLoop()
    self.loop = loop
    let thread = Thread { loop.run() }
    thread.name = name
    thread.start()
  }

  deinit { loop.stop() }
}

/// What a test found impossible.
struct TestFailure: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}

extension BusOptions {
  /// Connects again quickly: tests do not wait for the patience of a daemon.
  static var quick: BusOptions {
    var options = BusOptions()
    options.firstRetry = .milliseconds(5)
    options.longestRetry = .milliseconds(50)
    return options
  }
}
