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

  /// What to ask the hub for, among the kinds that it knows.
  ///
  /// The hub understands names and stems that end in `.*`; every other pattern becomes the names that it matches.
  public func resolved(among kinds: [String]) throws(KindPatternError) -> [String] {
    var wanted: [String] = []
    for pattern in patterns {
      let glob = Glob(pattern)
      // `agent.connected` is short for `vm.agent.connected`: machines are what most people ask about.
      let whole = kinds.contains(where: glob.matches) ? glob : Glob("vm." + pattern)
      let found = kinds.filter(whole.matches)
      guard !found.isEmpty else {
        throw KindPatternError(pattern: pattern, similar: similar(to: pattern, among: kinds))
      }
      let isStem = whole.pattern.hasSuffix(".*") && !Glob(String(whole.pattern.dropLast(2))).isPattern
      wanted += isStem || whole.pattern == "*" ? [whole.pattern] : found
    }
    var seen: Set<String> = []
    return wanted.filter { seen.insert($0).inserted }
  }

  /// Kinds that look like the pattern: a few letters apart, else with its last word in them.
  private func similar(to pattern: String, among kinds: [String]) -> [String] {
    let text = pattern.lowercased().filter { $0 != "*" && $0 != "?" }
    guard (3...64).contains(text.utf8.count) else { return [] }
    let near = kinds.map { kind in
      (kind, min(Spelling.distance(text, kind), Spelling.distance("vm." + text, kind)))
    }
    let misspelt = near.filter { $0.1 <= 2 }.sorted { $0.1 < $1.1 }.map(\.0)
    if !misspelt.isEmpty { return Array(misspelt.prefix(3)) }
    let word = text.split(separator: ".").last.map(String.init) ?? text
    return word.utf8.count > 2 ? Array(kinds.filter { $0.contains(word) }.prefix(3)) : []
  }
}

/// How far two words are apart.
enum Spelling {
  /// How many letters must be put in, taken out or changed to make one of the other (Levenshtein's distance).
  static func distance(_ left: String, _ right: String) -> Int {
    let (left, right) = (Array(left.utf8), Array(right.utf8))
    var row = Array(0...right.count)
    for (place, byte) in left.enumerated() {
      var diagonal = row[0]
      row[0] = place + 1
      for column in right.indices {
        let changed = diagonal + (right[column] == byte ? 0 : 1)
        diagonal = row[column + 1]
        row[column + 1] = min(changed, diagonal + 1, row[column] + 1)
      }
    }
    return row[right.count]
  }
}
