// SPDX-License-Identifier: Apache-2.0
// Which events are asked for, as it was written.

import VireoCommand

/// Which events are asked for, as it was written.
struct EventSelection: Sendable {
  /// Patterns of kinds.
  var types: [String] = []
  /// Machines, by name, UUID or pattern.
  var machines: [String] = []
  /// A severity or a range of them.
  var priority: String?
  /// A regular expression.
  var grep: String?
  /// Whether gaps are told, too.
  var tellsGaps = true
}

/// Which stretch of time is asked for, as it was written.
struct TimeRange: Sendable {
  var since: String?
  var until: String?
  var boot = false
  var cursor: String?
  var afterCursor: String?
  var cursorFile: String?
  var showCursor = false
}

extension EventSelection {
  /// What the tool filters itself; the end of the time range comes later.
  func filter() throws(ToolError) -> RecordFilter {
    var filter = RecordFilter()
    filter.passesGaps = tellsGaps
    if let priority {
      guard let range = SeverityRange(priority) else {
        throw ToolError(
          "--priority: '\(SafeText.printable(priority))' is none of \(SeverityRange.words), or a range A..B",
          status: .usage)
      }
      filter.severities = range
    }
    if let grep {
      guard let pattern = TextPattern(grep) else {
        throw ToolError("--grep: '\(SafeText.printable(grep))' is no regular expression", status: .usage)
      }
      filter.grep = pattern
    }
    return filter
  }
}
