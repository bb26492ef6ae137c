// SPDX-License-Identifier: Apache-2.0
// What the hub counts about its own work.

import EventModel

/// What the hub counts about its own work.
struct HubStatistics {
  private var events: [EventKind: UInt64] = [:]
  private var synthesized: [Origin: UInt64] = [:]
  private var gaps: UInt64 = 0
  private var latency = Histogram()
  /// How long the log took for a batch.
  var commit = Histogram()
  /// Events dropped before the log saw them.
  var dropped: UInt64 = 0

  mutating func count(_ event: Event) {
    events[event.kind, default: 0] += 1
    if event.origin != .live { synthesized[event.origin, default: 0] += 1 }
    if event.kind == .hubGap { gaps += 1 }
  }

  mutating func observeLatency(of event: Event, published: Timestamp) {
    guard event.origin == .live else { return }
    latency.observe(seconds: Double(published.microseconds - event.time.microseconds) / 1e6)
  }

  func families(head: UInt64, waiting: Int) -> [MetricFamily] {
    var byKind = MetricFamily("vireo_events", .counter, "Events numbered, by kind and severity.")
    for (kind, count) in events.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
      byKind.add(Double(count), ["kind": kind.rawValue, "severity": kind.definition.severity.name])
    }
    var derived = MetricFamily("vireo_events_synthesized", .counter, "Events not seen as they happened, by origin.")
    for (origin, count) in synthesized.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
      derived.add(Double(count), ["reason": origin.rawValue])
    }
    var drops = MetricFamily("vireo_events_dropped", .counter, "Events dropped, by stage.")
    drops.add(Double(dropped), ["stage": "journal"])
    var delay = MetricFamily(
      "vireo_event_latency_seconds", .histogram, "Time from an event to its publication, in seconds.")
    delay.add(latency)
    var commits = MetricFamily(
      "vireo_journal_write_duration_seconds", .histogram, "Time that the log took for a batch, in seconds.")
    commits.add(commit)
    return [
      byKind, derived, drops, delay, commits,
      MetricFamily("vireo_gaps", .counter, "Gaps told.", value: Double(gaps)),
      MetricFamily("vireo_last_sequence", .gauge, "The newest number that is public.", value: Double(head)),
      MetricFamily("vireo_events_waiting", .gauge, "Events that wait for the log.", value: Double(waiting)),
    ]
  }
}
