// SPDX-License-Identifier: Apache-2.0
// What the tool filters itself, after what the hub filters for it.

public import EventModel

/// What the tool filters itself, after what the hub filters for it: severities, machines by pattern, text, the end.
public struct RecordFilter: Sendable {
  /// Which severities pass.
  public var severities = SeverityRange.all
  /// Machines, by name, UUID or pattern; none lets all pass.
  public var machines: [Glob] = []
  /// What the text must match.
  public var grep: TextPattern?
  /// Whether what tells of a gap passes whatever else is asked for: it may have swallowed what is looked for.
  public var passesGaps = true
  /// The last moment that passes.
  public var until: Timestamp?

  /// A filter that everything passes.
  public init() {}

  /// Whether it lets everything pass.
  public var isOpen: Bool {
    severities == .all && machines.isEmpty && grep == nil && until == nil
  }

  /// Whether an event passes.
  public func passes(_ event: EventRecord) -> Bool {
    if passesGaps, event.kind == EventKind.hubGap.rawValue { return until.map { event.recorded <= $0 } ?? true }
    guard severities.contains(event.severity) else { return false }
    if let until, event.recorded > until { return false }
    if !machines.isEmpty {
      guard event.category == "vm", machines.contains(where: { $0.matches(event.name) || $0.matches(event.key) })
      else { return false }
    }
    guard let grep else { return true }
    return grep.matches("\(event.label) \(event.kind) \(DataText.pairs(event.data))")
      || event.raw.map(grep.matches) ?? false
  }

  /// Whether no later event can pass.
  public func isPast(_ event: EventRecord) -> Bool {
    until.map { event.recorded > $0 } ?? false
  }
}
