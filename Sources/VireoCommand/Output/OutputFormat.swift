// SPDX-License-Identifier: Apache-2.0
// The forms in which events are printed.

/// The forms in which events are printed, by the names after `--output`.
public enum OutputFormat: String, CaseIterable, Sendable {
  /// One line of at most 100 columns, with local time.
  case short
  /// The same with a full time stamp.
  case shortISO = "short-iso"
  /// One JSON object on a line, as the hub has it.
  case json
  /// The same over several lines.
  case jsonPretty = "json-pretty"
  /// What happened to whom, without time and severity.
  case cat
  /// Everything, one fact on a line.
  case verbose
  /// One CloudEvent (CloudEvents 1.0, JSON format) on a line.
  case cloudEvents = "export-cloudevents"

  /// Whether a program reads it.
  public var isForPrograms: Bool { self == .json || self == .jsonPretty || self == .cloudEvents }
}
