// SPDX-License-Identifier: Apache-2.0
// Which severities somebody asks for.

public import EventModel

/// Which severities somebody asks for, as written after `--priority`.
public struct SeverityRange: Hashable, Sendable {
  /// The least.
  public let least: Severity
  /// The most.
  public let most: Severity

  /// The words for people, in order.
  public static let words = Severity.allCases.map(\.name).joined(separator: ", ")

  /// All of them.
  public static let all = SeverityRange(least: .debug, most: .critical)

  private init(least: Severity, most: Severity) {
    self.least = least
    self.most = most
  }

  /// The range that a text means: `warning` is warning and above, `notice..warning` is just these.
  ///
  /// syslog's words and numbers (`err`, `4`) are understood; they are what journalctl(1) takes.
  public init?(_ text: String) {
    let parts = text.lowercased().split(separator: "..", omittingEmptySubsequences: false).map(String.init)
    guard let first = parts.first.flatMap(SeverityRange.severity) else { return nil }
    switch parts.count {
    case 1: self.init(least: first, most: .critical)
    case 2:
      guard let second = SeverityRange.severity(parts[1]) else { return nil }
      self.init(least: min(first, second), most: max(first, second))
    default: return nil
    }
  }

  /// Whether it holds a severity.
  public func contains(_ severity: Severity) -> Bool { least <= severity && severity <= most }

  private static func severity(_ word: String) -> Severity? {
    switch word {
    case "warn", "4": .warning
    case "err", "3": .error
    case "crit", "2", "alert", "1", "emerg", "0": .critical
    case "5": .notice
    case "6": .info
    case "7": .debug
    default: Severity(name: word)
    }
  }
}
