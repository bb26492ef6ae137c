// SPDX-License-Identifier: Apache-2.0
// What the hub counts about its own work.

import EventModel

/// What the hub counts about its own work.
struct HubStatistics {
  private var events: [EventKind: UInt64] = [:]
  private var synthesized: [Origin: UInt64] = [:]
  private var gaps: [String: UInt64] = [:]
  /// Events of a flood, counted by their source and not kept.
  private var folded: UInt64 = 0
  private var latency = Histogram()
  /// How long the log took for a batch.
  var commit = Histogram()
  /// Events dropped before the log saw them.
  var dropped: UInt64 = 0

  mutating func count(_ event: Event) {
    events[event.kind, default: 0] += 1
    if event.origin != .live { synthesized[event.origin, default: 0] += 1 }
    switch event.kind {
    case .hubGap: gaps[event.data["reason"]?.string ?? "unknown", default: 0] += 1
    case .sourceFlooded: folded += event.data["total"]?.uint ?? 0
    default: break
    }
  }

  mutating func observeLatency(of event: Event, published: Timestamp) {
    guard event.origin == .live else { return }
    latency.observe(seconds: Double(published.microseconds - event.time.microseconds) / 1e6)
  }

  func families(head: UInt64, oldest: UInt64, waiting: Int) -> [MetricFamily] {
    var byKind = MetricFamily("vireo_events", .counter, "Events numbered, by kind and severity.")
    for (kind, count) in events.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
      byKind.add(Double(count), ["kind": kind.rawValue, "severity": kind.definition.severity.name])
    }
    var derived = MetricFamily("vireo_events_synthesized", .counter, "Events not seen as they happened, by origin.")
    for (origin, count) in synthesized.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
      derived.add(Double(count), ["reason": origin.rawValue])
    }
    var drops = MetricFamily("vireo_events_dropped", .counter, "Events dropped, by stage and reason.")
    drops.add(Double(folded), ["stage": "source", "reason": "flood"])
    drops.add(Double(dropped), ["stage": "journal", "reason": "behind"])
    var told = MetricFamily("vireo_gaps", .counter, "Gaps told, by reason.")
    // A counter that is there before the first time is one whose rise can be seen.
    for reason in ["hub-down", "journal-behind"] where gaps[reason] == nil { told.add(0, ["reason": reason]) }
    for (reason, count) in gaps.sorted(by: { $0.key < $1.key }) { told.add(Double(count), ["reason": reason]) }
    var delay = MetricFamily(
      "vireo_event_latency_seconds", .histogram, "Time from an event to its publication, in seconds.")
    delay.add(latency)
    var commits = MetricFamily(
      "vireo_journal_write_duration_seconds", .histogram, "Time that the log took for a batch, in seconds.")
    commits.add(commit)
    return [
      byKind, derived, drops, told, delay, commits,
      MetricFamily("vireo_last_sequence", .gauge, "The newest number that is public.", value: Double(head)),
      MetricFamily("vireo_oldest_sequence", .gauge, "The oldest number that is held.", value: Double(oldest)),
      MetricFamily("vireo_events_waiting", .gauge, "Events that wait for the log.", value: Double(waiting)),
    ]
  }
}
