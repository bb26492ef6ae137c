// SPDX-License-Identifier: Apache-2.0
// How a message looks as a line of the log.

import EventModel
import Logging

/// A line of the log, whole with its end.
enum LogLine {
  /// Who adds the moment and the program: the journal of systemd, or nobody.
  enum Style {
    /// The journal of systemd does; it takes the priority from a prefix (sd-daemon(3)).
    case journal
    /// Nobody does.
    case plain

    /// systemd names the descriptor's device and inode to whom it gave its journal (systemd.exec(5), `JOURNAL_STREAM`).
    init(environment: [String: String], isJournal: (_ stream: String) -> Bool) {
      self = environment["JOURNAL_STREAM"].map(isJournal) == true ? .journal : .plain
    }
  }

  /// A message as a line.
  static func text(_ message: String, level: Logger.Level, at moment: Timestamp, style: Style) -> String {
    // One message is one line, whatever is in it.
    let message = message.split(whereSeparator: \.isNewline).joined(separator: " | ")
    return switch style {
    case .journal: "<\(priority(level))>\(message)\n"
    case .plain: "\(moment.rfc3339) \(level) vireod: \(message)\n"
    }
  }

  /// The priority that syslog(3) has for a level.
  private static func priority(_ level: Logger.Level) -> Int {
    switch level {
    case .trace, .debug: 7
    case .info: 6
    case .notice: 5
    case .warning: 4
    case .error: 3
    case .critical: 2
    }
  }
}
