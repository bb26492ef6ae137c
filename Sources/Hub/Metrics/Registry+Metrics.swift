// SPDX-License-Identifier: Apache-2.0
// What the registry says about machines and sources, as metrics.

import EventModel

/// What sources count about themselves, added up over those of one group.
struct SourceCounts {
  private static let properties: [(metric: Metric, property: PropertyName)] = [
    (.sourceEvents, .events), (.sourceReconnects, .reconnects), (.sourceOverruns, .overruns),
    (.sourceResyncs, .resyncs),
  ]

  private var counts: [SourceGroup: [UInt64]] = [:]

  /// Adds what a source has counted so far.
  mutating func add(_ source: HubObject) {
    var sums = counts[SourceGroup(source.subject)] ?? SourceCounts.properties.map { _ in 0 }
    for (place, (_, property)) in SourceCounts.properties.enumerated() { sums[place] &+= source[property]?.uint ?? 0 }
    counts[SourceGroup(source.subject)] = sums
  }

  var families: [MetricFamily] {
    SourceCounts.properties.enumerated().map { place, entry in
      var family = MetricFamily(entry.metric)
      for (source, sums) in counts.sorted(by: { $0.key < $1.key }) {
        family.add(Double(sums[place]), ["source": source.name])
      }
      return family
    }
  }
}

extension Registry {
  /// How many machines are in which state, and how the sources are doing.
  var families: [MetricFamily] {
    var states: [String: Double] = [:]
    var monitors: [String: Double] = [:]
    for object in all(.vm) {
      states[object.state, default: 0] += 1
      if let state = object[.monitorState]?.string, !state.isEmpty { monitors[state, default: 0] += 1 }
    }
    var sources: [SourceGroup: [String: Double]] = [:]
    // What those counted that are gone stays: a counter never falls.
    var counts = formerSources
    for object in all(.source) {
      sources[SourceGroup(object.subject), default: [:]][object.state, default: 0] += 1
      counts.add(object)
    }
    var up = MetricFamily(.sourceUp)
    var byState = MetricFamily(.sources)
    for (source, states) in sources.sorted(by: { $0.key < $1.key }) {
      // A spare monitor is one of a machine that another serves.
      up.add(states.keys.allSatisfy { $0 == "up" || $0 == "spare" } ? 1 : 0, ["source": source.name])
      for (state, count) in states.sorted(by: { $0.key < $1.key }) {
        byState.add(count, ["source": source.name, "state": state])
      }
    }
    return [Registry.byState(.machines, states), Registry.byState(.monitors, monitors), up, byState] + counts.families
  }

  private static func byState(_ metric: Metric, _ counts: [String: Double]) -> MetricFamily {
    var family = MetricFamily(metric)
    for (state, count) in counts.sorted(by: { $0.key < $1.key }) { family.add(count, ["state": state]) }
    return family
  }
}
