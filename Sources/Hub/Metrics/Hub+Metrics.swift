// SPDX-License-Identifier: Apache-2.0
// What the hub counts, and what others add to it.

import EventLoop
public import EventModel

extension Hub {
  /// Adds what else belongs into the metrics; called on the loop whenever somebody asks for them.
  public func addMetrics(_ provider: @escaping @Sendable () -> [MetricFamily]) { metricProviders.append(provider) }

  /// Takes note that a source was asked for all that it has, and how long that and the comparison took.
  public func noteComparison(of source: Subject, took duration: Duration) {
    statistics.observeComparison(of: source, took: duration.seconds)
  }

  /// The metrics of the whole daemon as OpenMetrics text.
  public func metrics() -> String {
    var families = statistics.families(head: head, oldest: oldest, waiting: pipeline.count) + registry.families
    for provider in metricProviders { families.append(contentsOf: provider()) }
    return OpenMetricsText.render(families)
  }
}
