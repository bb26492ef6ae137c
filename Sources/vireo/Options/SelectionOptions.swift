// SPDX-License-Identifier: Apache-2.0
// Which events are meant.

public import ArgumentParser
import EventModel
import VireoCommand

/// Which events are meant: options of `log`, `monitor`, `wait`.
struct SelectionOptions: ParsableArguments, Sendable {
  @Option(
    name: [.customShort("t", allowingJoined: true), .customLong("type")],
    help: ArgumentHelp(
      "Kinds of event: a name, or a pattern with * and ?. May be given several times.", valueName: "kind"),
    completion: .shellCommand("vireo kinds --names 2>/dev/null"))
  var types: [String] = []

  @Option(
    name: [.customShort("V", allowingJoined: true), .customLong("vm")],
    help: ArgumentHelp(
      "Events of this VM only, by name, UUID or pattern. May be given several times.", valueName: "vm"),
    completion: .shellCommand("vireo list vms --names 2>/dev/null"))
  var machines: [String] = []

  @Option(
    name: [.customShort("p", allowingJoined: true), .long],
    help: ArgumentHelp("This severity and above, or a range such as notice..warning.", valueName: "severity"),
    completion: .list(Severity.allCases.map(\.name)))
  var priority: String?

  @Option(
    name: [.customShort("g", allowingJoined: true), .long],
    help: ArgumentHelp(
      "Events whose text matches; without capitals the case does not matter.", valueName: "regex"))
  var grep: String?

  /// What was written.
  var value: EventSelection {
    EventSelection(types: types, machines: machines, priority: priority, grep: grep)
  }
}

/// Which stretch of time is meant: options of `log` and `monitor`.
struct RangeOptions: ParsableArguments, Sendable {
  @Option(
    name: [.customShort("S", allowingJoined: true), .long], parsing: .unconditional,
    help: ArgumentHelp("From this time on: 03:12, yesterday, -2h, '2026-11-22 03:12'.", valueName: "time"))
  var since: String?

  @Option(
    name: [.customShort("U", allowingJoined: true), .long], parsing: .unconditional,
    help: ArgumentHelp("Up to this time.", valueName: "time"))
  var until: String?

  @Flag(name: .shortAndLong, help: "Since the host was started.")
  var boot = false

  @Option(
    name: [.customShort("c", allowingJoined: true), .long],
    help: ArgumentHelp("From the event of this cursor on.", valueName: "cursor"))
  var cursor: String?

  @Option(help: ArgumentHelp("After the event of this cursor.", valueName: "cursor"))
  var afterCursor: String?

  @Option(
    help: ArgumentHelp(
      "Go on after the cursor in this file, and keep the new one there.", valueName: "file"),
    completion: .file())
  var cursorFile: String?

  @Flag(help: "Print the cursor after the last event.")
  var showCursor = false

  /// What was written.
  var value: TimeRange {
    TimeRange(
      since: since, until: until, boot: boot, cursor: cursor, afterCursor: afterCursor, cursorFile: cursorFile,
      showCursor: showCursor)
  }
}

/// How events are printed: options of `log`, `monitor` and `wait`.
struct PrintOptions: ParsableArguments, Sendable {
  @Option(
    name: [.customShort("o", allowingJoined: true), .long],
    help: ArgumentHelp(
      OutputFormat.allCases.map(\.rawValue).joined(separator: ", ") + ".", valueName: "format"))
  var output: OutputFormat = .short

  @Flag(help: "Times in UTC instead of local time.")
  var utc = false

  @Flag(name: [.customShort("l"), .long], help: "Do not shorten lines.")
  var full = false
}

extension OutputFormat: ExpressibleByArgument {}
