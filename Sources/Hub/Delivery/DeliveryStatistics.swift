// SPDX-License-Identifier: Apache-2.0
// What the desk counts.

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
    var consumers = MetricFamily("vireo_consumers", .gauge, "Subscriptions, streams and monitors, by state.")
    for (state, count) in states.sorted(by: { $0.key < $1.key }) { consumers.add(Double(count), ["state": state]) }
    var pages = MetricFamily("vireo_consumer_pages", .counter, "Pages read for consumers, by where from.")
    pages.add(Double(pagesFromMemory), ["from": "memory"])
    pages.add(Double(pagesFromLog), ["from": "log"])
    var trouble = MetricFamily("vireo_consumer_trouble", .counter, "What befell consumers that did not keep up.")
    trouble.add(Double(gaps), ["what": "gap"])
    trouble.add(Double(refused), ["what": "refused"])
    trouble.add(Double(suspended), ["what": "suspended"])
    trouble.add(Double(overflowed), ["what": "overflow"])
    return [
      consumers, pages, trouble,
      MetricFamily("vireo_consumer_events", .counter, "Events handed to consumers.", value: Double(handed)),
      MetricFamily("vireo_consumer_lag", .gauge, "Events that the slowest consumer is behind.", value: Double(lag)),
    ]
  }
}
