// SPDX-License-Identifier: Apache-2.0
// Which kinds of event somebody asks for.

internal import EventModel

/// Why a pattern of kinds is refused.
public struct KindPatternError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The pattern.
  public let pattern: String
  /// Kinds that look like it.
  public let similar: [String]

  /// What to do instead.
  public var description: String {
    let hint = similar.isEmpty ? "`vireo kinds` lists them all" : "did you mean \(similar.joined(separator: " or "))?"
    return "no kind of event matches '\(SafeText.printable(pattern))'; \(hint)"
  }
}

/// Which kinds of event somebody asks for, as written after `--type`.
public struct KindPatterns: Hashable, Sendable {
  /// What was written.
  public let patterns: [String]

  /// Patterns as written; one may hold several with commas between them.
  public init(_ texts: [String]) {
    patterns = texts.flatMap { $0.split(separator: ",").map(String.init) }
  }

  /// Whether the list of kinds is needed to say what is meant.
  ///
  /// The hub knows names and stems that end in `.*`; everything else is looked up in its list.
  public var needsList: Bool { patterns.contains { !KindPatterns.isHubPattern($0) } }

  /// What to ask the hub for.
  ///
  /// `kinds` are all kinds that the hub knows; they are needed only where `needsList` says so.
  public func resolved(among kinds: [String]) throws(KindPatternError) -> [String] {
    var wanted: [String] = []
    for pattern in patterns {
      if KindPatterns.isHubPattern(pattern), kinds.isEmpty || pattern == "*" || pattern.hasSuffix(".*") {
        wanted.append(pattern)
        continue
      }
      let glob = Glob(pattern)
      // `agent.connected` is short for `vm.agent.connected`: machines are what most people ask about.
      let found = kinds.filter { glob.matches($0) || $0 == "vm." + pattern }
      guard !found.isEmpty else {
        throw KindPatternError(pattern: pattern, similar: similar(to: pattern, among: kinds))
      }
      wanted += found
    }
    var seen: Set<String> = []
    return wanted.filter { seen.insert($0).inserted }
  }

  private static func isHubPattern(_ pattern: String) -> Bool {
    let stem = pattern.hasSuffix(".*") ? String(pattern.dropLast(2)) : pattern
    return pattern == "*" || (stem.contains(".") || pattern.hasSuffix(".*")) && !Glob(stem).isPattern
  }

  /// Kinds that share the last word of the pattern, or contain it.
  private func similar(to pattern: String, among kinds: [String]) -> [String] {
    let word = pattern.split(whereSeparator: { ".*?".contains($0) }).last.map(String.init) ?? pattern
    guard word.utf8.count > 2 else { return [] }
    return Array(kinds.filter { $0.contains(word.lowercased()) }.prefix(3))
  }
}
