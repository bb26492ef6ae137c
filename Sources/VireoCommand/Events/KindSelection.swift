// SPDX-License-Identifier: Apache-2.0
// Which kinds the hub is asked for, so that it passes over all others by its index.

public import EventModel

/// A kind of event that a hub lists.
public struct ListedKind: Hashable, Sendable {
  /// Its name.
  public let name: String
  /// The severity that is usual for it; nil for a word that only a newer hub knows.
  public let severity: Severity?

  /// A kind from the words of the hub.
  public init(_ name: String, severity: String) {
    self.name = name
    self.severity = Severity(name: severity)
  }

  /// Whether an event of the kind may have a severity in that range.
  ///
  /// Of a kind that this release does not know, or knows otherwise than the hub, every event may.
  public func mayHave(_ range: SeverityRange) -> Bool {
    guard let known = EventKind(rawValue: name), known.severity == severity else { return true }
    return known.severities.contains(where: range.contains)
  }
}

/// Which kinds the hub is asked for: those that somebody wrote, without those whose events no severity asked for have.
///
/// What the hub gives is more than what was asked for, where the severity of a kind varies: the tool looks at each event
/// (`RecordFilter`).
public struct KindSelection: Hashable, Sendable {
  /// The patterns as written; none is all kinds.
  public var patterns = KindPatterns([])
  /// The stem that stands where no pattern was written; nil for all kinds.
  public var whereNone: String?
  /// The severities asked for.
  public var severities = SeverityRange.all
  /// Whether what tells of a gap is always of interest: it may have swallowed what is looked for.
  public var tellsGaps = true

  /// All kinds.
  public init() {}

  /// Whether the kinds that the hub lists must be known.
  public var needsList: Bool { !patterns.patterns.isEmpty || severities != .all }

  /// What to ask the hub for, among the kinds that it lists; none is all.
  ///
  /// - Throws: when a pattern matches nothing.
  public func resolved(among listed: [ListedKind]) throws(KindPatternError) -> [String] {
    var wanted = try patterns.resolved(among: listed.map(\.name))
    if wanted.isEmpty, let whereNone { wanted = [whereNone] }
    let globs = wanted.map(Glob.init)
    let candidates = globs.isEmpty ? listed : listed.filter { kind in globs.contains { $0.matches(kind.name) } }
    let gap = EventKind.hubGap.rawValue
    var possible = candidates.filter { $0.mayHave(severities) }.map(\.name)
    // To walk the index takes half as long again for an event as to read one after the other; so all are read, unless most
    // kinds fall away.
    let isWhole = wanted.isEmpty || wanted.contains("*")
    let isNarrower = possible.count < (isWhole ? candidates.count / 2 : candidates.count)
    if isNarrower, tellsGaps, !possible.contains(gap) { possible.append(gap) }
    // Where nothing is left, none would mean all; and what the hub does not take in one call is left to the tool.
    if isNarrower, !possible.isEmpty, possible.count <= EventFilter.patternLimit { wanted = possible }
    if tellsGaps, !wanted.isEmpty, !wanted.contains(where: { Glob($0).matches(gap) }) { wanted.append(gap) }
    return wanted
  }
}
