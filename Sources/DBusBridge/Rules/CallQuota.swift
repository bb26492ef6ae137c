// SPDX-License-Identifier: Apache-2.0
// How many calls of one client may wait for an answer.

import DBusTypes

/// Counts the calls that wait for an answer, for each client and together.
struct CallQuota {
  private let perClient: Int
  private let total: Int
  private(set) var count = 0
  private var counts: [BusName: Int] = [:]

  init(perClient: Int, total: Int) {
    self.perClient = perClient
    self.total = total
  }

  /// The clients that have calls waiting.
  var clients: Int { counts.count }

  /// Counts one more call; nil if it may come, else why not.
  mutating func refusal(of client: BusName) -> String? {
    let held = counts[client, default: 0]
    guard held < perClient else { return "past the limit callsPerClient = \(perClient)" }
    guard count < total else { return "past the limit calls = \(total)" }
    counts[client] = held + 1
    count += 1
    return nil
  }

  /// The call has its answer.
  mutating func release(_ client: BusName) {
    guard let held = counts[client] else { return }
    counts[client] = held > 1 ? held - 1 : nil
    count -= 1
  }

  /// Forgets every call: the connection on which the answers were awaited is gone.
  mutating func reset() {
    counts = [:]
    count = 0
  }
}
