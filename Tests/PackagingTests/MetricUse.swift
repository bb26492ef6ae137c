// SPDX-License-Identifier: Apache-2.0
// The metrics that a file of Packaging asks for, and those that there are.

import TestSupport

/// One use of a metric in an expression of Prometheus: its name and what its labels are held against.
struct MetricUse: Hashable, Sendable {
  /// A label, and a value that the expression names: `nil` where it names a pattern or a variable.
  struct Label: Hashable, Sendable {
    let name: String
    let value: String?
  }

  let name: String
  var labels: Set<Label> = []

  /// Labels that Prometheus itself brings.
  private static let ofPrometheus: Set<String> = ["instance", "job"]

  /// The uses in an expression; the labels of `by (…)` count for every metric of it.
  static func all(in expression: String) -> [MetricUse] {
    let groups = expression.matches(of: /by \(([a-z_, ]*)\)/)
      .flatMap { $0.output.1.split(separator: ",").map { $0.trimmingPrefix(" ") } }
    return expression.matches(of: /vireo_[a-z_]+(?:\{([^}]*)\})?/).map { match in
      var use = MetricUse(name: String(match.output.0.prefix { $0 != "{" }))
      for group in groups { use.labels.insert(Label(name: String(group), value: nil)) }
      for matcher in (match.output.1 ?? "").matches(of: /([a-z_]+)(?:=~|!=|!~|=)"([^"]*)"/) {
        let name = String(matcher.output.1)
        let value = matcher.output.2
        guard value.allSatisfy({ $0.isLetter || "-.|".contains($0) }) else {
          use.labels.insert(Label(name: name, value: nil))
          continue
        }
        for one in value.split(separator: "|") { use.labels.insert(Label(name: name, value: String(one))) }
      }
      use.labels = use.labels.filter { !ofPrometheus.contains($0.name) }
      return use
    }
  }

  /// What there is: the labels of each sample name of a text in the OpenMetrics form.
  static func known(in openMetrics: String) -> [String: Set<String>] {
    var known: [String: Set<String>] = [:]
    for line in openMetrics.split(separator: "\n") where !line.hasPrefix("#") {
      guard let sample = line.firstMatch(of: #/^([a-z_]+)(?:\{(.*)\})? /#) else { continue }
      let labels = (sample.output.2 ?? "").matches(of: /([a-z_]+)="/).map { String($0.output.1) }
      known[String(sample.output.1), default: []].formUnion(labels)
    }
    return known
  }
}
