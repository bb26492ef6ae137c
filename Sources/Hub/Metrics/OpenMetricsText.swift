// SPDX-License-Identifier: Apache-2.0
// The OpenMetrics 1.0 text form.

import EventModel

/// Writes metrics in the OpenMetrics 1.0 text form.
public enum OpenMetricsText {
  /// The text, with its end mark; what several parts say about one metric stands together.
  public static func render(_ families: [MetricFamily]) -> String {
    var text = ""
    for family in MetricFamily.joined(families) where !family.samples.isEmpty {
      let (name, definition) = (family.metric.rawValue, family.definition)
      text += "# TYPE \(name) \(definition.kind.rawValue)\n# HELP \(name) \(escape(definition.meaning))\n"
      for sample in family.samples {
        text += name + sample.suffix
        if !sample.labels.isEmpty {
          text += "{" + sample.labels.map { "\($0)=\"\(escape($1))\"" }.joined(separator: ",") + "}"
        }
        text += " \(number(sample.value))\n"
      }
    }
    return text + "# EOF\n"
  }

  private static func number(_ value: Double) -> String {
    Int64(exactly: value).map(String.init) ?? "\(value)"
  }

  private static func escape(_ text: String) -> String {
    var escaped = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\\": escaped += #"\\"#
      case "\"": escaped += #"\""#
      case "\n": escaped += #"\n"#
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }
}
