// SPDX-License-Identifier: Apache-2.0
// What the desk counts.

import EventModel

/// What the desk counts about its consumers.
struct DeliveryStatistics {
  /// Events handed over.
  var handed: UInt64 = 0
  /// Pages that were read from what was published lately.
  var pagesFromMemory: UInt64 = 0
  /// Pages that were read from the log.
  var pagesFromLog: UInt64 = 0
  /// Gaps told.
  var gaps: UInt64 = 0
  /// Batches that the bus refused for a full consumer.
  var refused: UInt64 = 0
  /// Deliveries that were suspended.
  var suspended: UInt64 = 0
  /// Consumers that were let go because they took nothing.
  var overflowed: UInt64 = 0

  func families(states: [String: Int], lag: UInt64) -> [MetricFamily] {
    var consumers = MetricFamily(.consumers)
    for (state, count) in states.sorted(by: { $0.key < $1.key }) { consumers.add(Double(count), ["state": state]) }
    var pages = MetricFamily(.consumerPages)
    pages.add(Double(pagesFromMemory), ["from": "memory"])
    pages.add(Double(pagesFromLog), ["from": "log"])
    var trouble = MetricFamily(.consumerTrouble)
    trouble.add(Double(gaps), ["what": "gap"])
    trouble.add(Double(refused), ["what": "refused"])
    trouble.add(Double(suspended), ["what": "suspended"])
    trouble.add(Double(overflowed), ["what": "overflow"])
    return [
      consumers, pages, trouble,
      MetricFamily(.consumerEvents, Double(handed)),
      MetricFamily(.consumerLag, Double(lag)),
    ]
  }
}
