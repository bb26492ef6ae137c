// SPDX-License-Identifier: Apache-2.0
// What the registry says about machines and sources, as metrics.

import EventModel

extension Registry {
  /// How many machines are in which state, and how each source is doing.
  ///
  /// The names of sources are bounded by the inventory of the host.
  var families: [MetricFamily] {
    var states: [String: Double] = [:]
    var monitors: [String: Double] = [:]
    for object in all(.vm) {
      states[object.state, default: 0] += 1
      if let state = object[.monitorState]?.string, !state.isEmpty { monitors[state, default: 0] += 1 }
    }
    var up = MetricFamily("vireo_source_up", .gauge, "Whether a source delivers events.")
    var counters = Registry.counters.map { (family: MetricFamily($0.name, .counter, $0.help), property: $0.property) }
    for object in all(.source) {
      up.add(object.state == "up" ? 1 : 0, ["source": object.name])
      for index in counters.indices {
        let count = object[counters[index].property]?.uint ?? 0
        counters[index].family.add(Double(count), ["source": object.name])
      }
    }
    return [
      Registry.byState("vireo_vms", "Virtual machines known, by state.", states),
      Registry.byState("vireo_monitors", "Monitors of virtual machines, by state.", monitors), up,
    ] + counters.map(\.family)
  }

  private static let counters: [(name: String, property: PropertyName, help: String)] = [
    ("vireo_source_events", .events, "Events that a source delivered."),
    ("vireo_source_reconnects", .reconnects, "Times that a source was reached again after it was lost."),
    ("vireo_source_overruns", .overruns, "Times that a source lost events or sent what had to be refused."),
    ("vireo_source_resyncs", .resyncs, "Times that a source was compared with what was known."),
  ]

  private static func byState(_ name: String, _ help: String, _ counts: [String: Double]) -> MetricFamily {
    var family = MetricFamily(name, .gauge, help)
    for (state, count) in counts.sorted(by: { $0.key < $1.key }) { family.add(count, ["state": state]) }
    return family
  }
}
