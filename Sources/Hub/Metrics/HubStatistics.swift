// SPDX-License-Identifier: Apache-2.0
// What the hub counts about its own work.

import EventModel

/// What the hub counts about its own work.
struct HubStatistics {
  private struct Reason: Hashable {
    var source: SourceGroup
    var reason: String
  }

  private static let severities = Severity.allCases.count

  /// By the ordinals of the kinds, and of each kind by the severities.
  private var events = [UInt64](repeating: 0, count: EventKind.allCases.count * HubStatistics.severities)
  private var synthesized: [Origin: UInt64] = [:]
  private var gaps: [Reason: UInt64] = [:]
  private var errors: [Reason: UInt64] = [:]
  /// Events of a flood, counted by their source and not kept.
  private var folded: UInt64 = 0
  private var latency = SourceHistograms()
  private var comparisons = SourceHistograms()
  /// How long the log took for a batch.
  var commit = Histogram()
  /// Events dropped before the log saw them.
  var dropped: UInt64 = 0

  mutating func count(_ event: Event) {
    events[event.kind.ordinal * HubStatistics.severities + Int(event.severity.rawValue)] += 1
    if event.origin != .live { synthesized[event.origin, default: 0] += 1 }
    switch event.kind {
    case .hubGap:
      let reason = Reason(source: SourceGroup(event.source), reason: event.data["reason"]?.string ?? "unknown")
      gaps[reason, default: 0] += 1
    case .sourceDown: countError("down", event)
    case .sourceDegraded: countError("degraded", event)
    case .sourceBusy: countError("busy", event)
    case .sourceRejected: countError("rejected", event)
    case .sourceFlooded:
      countError("flooded", event)
      folded += event.data["total"]?.uint ?? 0
    default: break
    }
  }

  private mutating func countError(_ reason: String, _ event: Event) {
    errors[Reason(source: SourceGroup(event.source), reason: reason), default: 0] += 1
  }

  mutating func observeLatency(of event: Event, published: Timestamp) {
    guard event.origin == .live else { return }
    latency.observe(event.source, seconds: Double(published.microseconds - event.time.microseconds) / 1e6)
  }

  mutating func observeComparison(of source: Subject, took seconds: Double) {
    comparisons.observe(source, seconds: max(0, seconds))
  }

  func families(head: UInt64, oldest: UInt64, waiting: Int) -> [MetricFamily] {
    var byKind = MetricFamily(.events)
    for kind in EventKind.allCases.sorted(by: { $0.rawValue < $1.rawValue }) {
      for severity in Severity.allCases {
        let count = events[kind.ordinal * HubStatistics.severities + Int(severity.rawValue)]
        guard count > 0 else { continue }
        byKind.add(Double(count), ["kind": kind.rawValue, "severity": severity.name])
      }
    }
    var derived = MetricFamily(.eventsSynthesized)
    for (origin, count) in synthesized.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
      derived.add(Double(count), ["reason": origin.rawValue])
    }
    var drops = MetricFamily(.eventsDropped)
    drops.add(Double(folded), ["stage": "source", "reason": "flood"])
    drops.add(Double(dropped), ["stage": "journal", "reason": "behind"])
    var gaps = gaps
    // A counter that is there before the first time is one whose rise can be seen.
    for reason in ["hub-down", "journal-behind"] {
      gaps[Reason(source: SourceGroup(.hub), reason: reason), default: 0] += 0
    }
    var commits = MetricFamily(.journalWriteDuration)
    commits.add(commit)
    return [
      byKind, derived, drops, HubStatistics.family(.gaps, gaps), HubStatistics.family(.eventLatency, latency),
      HubStatistics.family(.sourceErrors, errors), HubStatistics.family(.sourceResyncDuration, comparisons), commits,
      MetricFamily(.lastSequence, Double(head)), MetricFamily(.oldestSequence, Double(oldest)),
      MetricFamily(.eventsWaiting, Double(waiting)),
    ]
  }

  private static func family(_ metric: Metric, _ counts: [Reason: UInt64]) -> MetricFamily {
    var family = MetricFamily(metric)
    for (key, count) in counts.sorted(by: { ($0.key.source, $0.key.reason) < ($1.key.source, $1.key.reason) }) {
      family.add(Double(count), ["source": key.source.name, "reason": key.reason])
    }
    return family
  }

  private static func family(_ metric: Metric, _ histograms: SourceHistograms) -> MetricFamily {
    var family = MetricFamily(metric)
    for (source, histogram) in histograms.sorted { family.add(histogram, ["source": source.name]) }
    return family
  }
}
