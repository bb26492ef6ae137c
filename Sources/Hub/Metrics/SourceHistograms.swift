// SPDX-License-Identifier: Apache-2.0
// Histograms of what sources take, one for each sort of source.

import EventModel

/// Histograms of what sources take, one for each sort of source.
struct SourceHistograms {
  private var entries: [(group: SourceGroup, histogram: Histogram)] = []
  // Events come in runs of one source, whose name need not be looked at again then.
  private var last: (source: Subject, place: Int)?

  mutating func observe(_ source: Subject, seconds: Double) {
    entries[place(of: source)].histogram.observe(seconds: seconds)
  }

  /// The histograms, by the names of their groups.
  var sorted: [(group: SourceGroup, histogram: Histogram)] { entries.sorted { $0.group < $1.group } }

  private mutating func place(of source: Subject) -> Int {
    if let last, last.source == source { return last.place }
    let group = SourceGroup(source)
    let place = entries.firstIndex { $0.group == group } ?? entries.count
    if place == entries.count { entries.append((group, Histogram())) }
    last = (source, place)
    return place
  }
}
