// SPDX-License-Identifier: Apache-2.0
// Colour, where the output is a terminal.

public import EventModel

/// Colour, where the output is a terminal and nobody asked for none.
public struct Style: Sendable {
  /// What a text can look like; the raw value is the parameter of the terminal's SGR function (ECMA-48).
  public enum Look: String, Sendable {
    /// As the terminal has it.
    case plain = ""
    /// Bold.
    case bold = "1"
    /// Dim.
    case dim = "2"
    /// Green.
    case green = "32"
    /// Yellow.
    case yellow = "33"
    /// Red.
    case red = "31"
    /// Bold red.
    case alarm = "1;31"
    /// Foreground and background swapped.
    case reverse = "7"
  }

  /// Whether anything is coloured.
  public let isColored: Bool

  /// A style.
  public init(isColored: Bool) {
    self.isColored = isColored
  }

  /// The style for an output.
  ///
  /// - Parameters:
  ///   - isTerminal: whether the output is a terminal.
  ///   - noColor: `NO_COLOR` of the environment; any text but the empty one means none.
  ///   - term: `TERM` of the environment; `dumb` means none.
  public init(isTerminal: Bool, noColor: String?, term: String?) {
    isColored = isTerminal && (noColor ?? "").isEmpty && term != "dumb"
  }

  /// The text in that look.
  public func paint(_ text: String, _ look: Look) -> String {
    isColored && look != .plain ? "\u{1B}[\(look.rawValue)m\(text)\u{1B}[0m" : text
  }

  /// The look of a severity.
  public static func look(of severity: Severity) -> Look {
    switch severity {
    case .debug: .dim
    case .info: .plain
    case .notice: .bold
    case .warning: .yellow
    case .error: .red
    case .critical: .alarm
    }
  }

  /// The look of a state of a machine, a link or a source.
  public static func look(ofState state: String) -> Look {
    switch state {
    case "running", "up", "connected": .green
    case "io-error", "internal-error", "guest-panicked", "watchdog", "down", "degraded": .red
    case "unknown", "paused", "busy", "unresponsive", "lost": .yellow
    case "stopped", "shutdown": .dim
    default: .plain
    }
  }
}
