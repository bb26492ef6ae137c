// SPDX-License-Identifier: Apache-2.0
// Metrics in the older text form of Prometheus.

/// Metrics in the text form of Prometheus (version 0.0.4), which the textfile collector of node_exporter reads.
///
/// OpenMetrics 1.0 names the family of a counter without the `_total` of its sample and has types that the older form has
/// not; a reader of the older form would take such a counter for a metric without type and help.
public enum MetricsText {
  /// The older form of a text in OpenMetrics form.
  public static func prometheus(_ openMetrics: String) -> String {
    var types: [Substring: Substring] = [:]
    for line in openMetrics.split(separator: "\n") {
      let words = line.split(separator: " ", maxSplits: 3)
      if words.count == 4, words[0] == "#", words[1] == "TYPE" { types[words[2]] = words[3] }
    }
    var text = ""
    for line in openMetrics.split(separator: "\n") {
      let words = line.split(separator: " ", maxSplits: 3)
      guard line.hasPrefix("#") else {
        text += line + "\n"
        continue
      }
      guard words.count == 4, words[1] == "TYPE" || words[1] == "HELP" else { continue }
      let (name, rest) = (words[2], words[3])
      switch types[name] {
      case "counter": text += "# \(words[1]) \(name)_total \(rest)\n"
      case "info": text += "# \(words[1]) \(name)_info \(words[1] == "TYPE" ? "gauge" : rest)\n"
      case "unknown": text += "# \(words[1]) \(name) \(words[1] == "TYPE" ? "untyped" : rest)\n"
      default: text += line + "\n"
      }
    }
    return text
  }
}
