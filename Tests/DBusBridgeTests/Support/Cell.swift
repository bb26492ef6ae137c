// SPDX-License-Identifier: Apache-2.0
// A number that handlers write and tests read.

import Synchronization

/// A shared number.
final class Cell: Sendable {
  private let stored: Mutex<UInt32>
  init(_ value: UInt32) { stored = Mutex(value) }
  var value: UInt32 { stored.withLock { $0 } }
  func set(_ value: UInt32) { stored.withLock { $0 = value } }
}
