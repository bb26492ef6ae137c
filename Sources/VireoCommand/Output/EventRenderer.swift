// SPDX-License-Identifier: Apache-2.0
// Events as text, in each of the forms.

internal import EventModel

/// Turns events into text, in one of the forms.
public struct EventRenderer: Sendable {
  /// How wide a line is at most.
  public static let standardWidth = 100

  /// The form.
  public let format: OutputFormat
  /// Colours.
  public let style: Style
  /// Which time is shown.
  public let zone: ZoneRules
  /// How wide a line is at most; nil does not cut.
  public let width: Int?
  /// Where CloudEvents come from.
  public let origin: CloudEventOrigin

  /// A renderer.
  public init(
    format: OutputFormat, style: Style = Style(isColored: false), zone: ZoneRules = .local,
    width: Int? = EventRenderer.standardWidth, origin: CloudEventOrigin = CloudEventOrigin(host: "localhost")
  ) {
    self.format = format
    self.style = style
    self.zone = zone
    self.width = width
    self.origin = origin
  }

  /// The text of an item, with the end of its last line.
  public func text(_ item: StreamItem) -> String {
    switch item {
    case .event(let event): text(event)
    case .gap(let gap): text(gap)
    }
  }

  /// The text of an event, with the end of its last line.
  public func text(_ event: EventRecord) -> String {
    switch format {
    case .short: line(event, TimeFormat.short(event.time, in: zone))
    case .shortISO: line(event, TimeFormat.iso(event.time, in: zone))
    case .cat: event.kind == EventKind.hubGap.rawValue ? gapLine(event) : "\(message(event))\n"
    case .json: SafeText.printable(json: event.line) + "\n"
    case .jsonPretty: PrettyJSON.text(of: event) + "\n"
    case .verbose: VerboseText.text(of: event, zone: zone, style: style)
    case .cloudEvents: SafeText.printable(json: CloudEvent(event, from: origin).json) + "\n"
    }
  }

  // MARK: Lines

  /// The line `Nov 22 03:12:07.005 WARN  web01        vm.stopped             cause=host-signal`.
  private func line(_ event: EventRecord, _ time: String) -> String {
    if event.kind == EventKind.hubGap.rawValue { return gapLine(event) }
    let look = Style.look(of: event.severity)
    let severity = DisplayWidth.pad(EventRenderer.word(for: event.severity), 5)
    let name = DisplayWidth.pad(DisplayWidth.fit(SafeText.printable(event.label), 24), 12)
    let kind = SafeText.printable(event.kind)
    var rest = EventRenderer.details(event)
    let used = DisplayWidth.of(time) + 7 + DisplayWidth.of(name) + 1
    var shownKind = rest.isEmpty ? kind : DisplayWidth.pad(kind, 22)
    if let width {
      shownKind = DisplayWidth.fit(shownKind, max(1, width - used))
      rest = DisplayWidth.fit(rest, max(0, width - used - DisplayWidth.of(shownKind) - 1))
    }
    let tail = rest.isEmpty ? "" : " " + rest
    return "\(time) \(style.paint(severity, look)) \(name) \(style.paint(shownKind, look))\(tail)\n"
  }

  private func message(_ event: EventRecord) -> String {
    let details = EventRenderer.details(event)
    let text = "\(SafeText.printable(event.label)) \(SafeText.printable(event.kind))"
    return details.isEmpty ? text : text + " " + details
  }

  /// What is known, and how it is known where it was not seen as it happened.
  static func details(_ event: EventRecord) -> String {
    var data = event.data
    // The state after the event, where the kind does not say it already.
    if let state = data["state"]?.string, event.kind.hasSuffix("." + state) { data["state"] = nil }
    let pairs = DataText.pairs(data)
    guard event.origin == Origin.resync.rawValue else { return pairs }
    return pairs.isEmpty ? "(resync)" : "(resync) " + pairs
  }

  /// Five letters for a severity.
  static func word(for severity: Severity) -> String {
    switch severity {
    case .debug: "DEBUG"
    case .info: "INFO"
    case .notice: "NOTE"
    case .warning: "WARN"
    case .error: "ERROR"
    case .critical: "CRIT"
    }
  }

  // MARK: Gaps

  /// The text of a gap, with the end of its line.
  public func text(_ gap: GapRecord) -> String {
    switch format {
    case .json, .jsonPretty: EventRenderer.json(gap) + "\n"
    case .cloudEvents: SafeText.printable(json: CloudEvent(gap, from: origin).json) + "\n"
    case .short, .shortISO, .cat, .verbose:
      shown(gap: GapText.count(gap.first, gap.last), SafeText.printable(gap.reason))
    }
  }

  private func gapLine(_ event: EventRecord) -> String {
    let count = GapText.count(event.data["first"]?.uint, event.data["last"]?.uint)
    var reason = SafeText.printable(event.data["reason"]?.string ?? "unknown")
    let ends = ["from", "to"].compactMap { event.data[$0]?.string.flatMap(Timestamp.init(rfc3339:)) }
    if ends.count == 2 {
      reason += ", \(TimeFormat.short(ends[0], in: zone)) to \(TimeFormat.short(ends[1], in: zone))"
    }
    if event.category != "hub" { reason += ", " + SafeText.printable(event.label) }
    return shown(gap: count, reason)
  }

  private func shown(gap count: String, _ reason: String) -> String {
    let line = "-- gap: \(count) (\(reason)) --"
    return style.paint(width.map { DisplayWidth.fit(line, $0) } ?? line, .yellow) + "\n"
  }

  private static func json(_ gap: GapRecord) -> String {
    var fields: Fields = [:]
    if let first = gap.first { fields["from"] = .uint(first) }
    if let last = gap.last { fields["to"] = .uint(last) }
    fields["reason"] = .string(gap.reason)
    var writer = JSONWriter()
    writer.write(.map(["gap": .map(fields)]))
    return SafeText.printable(json: writer.text)
  }
}

/// The size of a gap in words.
enum GapText {
  static func count(_ first: UInt64?, _ last: UInt64?) -> String {
    guard let first, let last, last >= first else { return "events may be missing" }
    let count = last - first + 1
    return count == 1 ? "event \(first) lost" : "\(count) events lost, \(first) to \(last)"
  }
}
