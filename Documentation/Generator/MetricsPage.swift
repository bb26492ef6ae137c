// SPDX-License-Identifier: Apache-2.0
// The metrics, from the one list of them.

import EventModel

/// The metrics, from the one list of them.
enum MetricsPage {
  static let metrics: String = {
    var seen: Set<Metric> = []
    return groups.map { title, stems in
      let members = Metric.allCases.filter { metric in
        !seen.contains(metric) && stems.contains { metric.rawValue.hasPrefix("vireo_" + $0) }
      }
      seen.formUnion(members)
      return ".SS \(title)\n" + members.map(item).joined()
    }.joined()
  }()

  /// What the names begin with; what no other group has belongs to the last.
  private static let groups: [(title: String, stems: [String])] = [
    ("Events", ["event", "gaps", "last_", "oldest_"]), ("Sources", ["source"]),
    ("Virtual machines", ["vms", "monitors", "qmp_", "qga_"]), ("The journal", ["journal_"]),
    ("The bus", ["dbus_"]), ("Consumers", ["consumer", "varlink_"]), ("The daemon itself", [""]),
  ]

  private static func item(_ metric: Metric) -> String {
    let definition = metric.definition
    let labels = definition.labels.isEmpty ? "" : "{\(definition.labels.joined(separator: ","))}"
    return Roff.item(
      Roff.bold(metric.sampleName) + Roff.text(labels) + " (\(definition.kind.rawValue))",
      Roff.prose(definition.meaning))
  }
}
