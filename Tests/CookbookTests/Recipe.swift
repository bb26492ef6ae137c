// SPDX-License-Identifier: Apache-2.0
// A recipe of the README: commands, and what they print.

import Foundation
import TestSupport

/// A recipe of the README's cookbook: commands, and what they print.
///
/// It stands in a block that is tagged `console recipe NAME`. The output is that of a real run: times, spans, numbers of
/// processes and identities differ from run to run, everything else is held against what is printed.
struct Recipe: Sendable {
  /// A command and the lines that it prints.
  struct Step: Sendable {
    var command: String
    var output: [String] = []

    /// Whether it goes on until it is ended, or until what it waits for has happened.
    var follows: Bool { command.contains("vireo monitor") || command.contains("vireo wait") }
  }

  let name: String
  private(set) var steps: [Step] = []

  /// All recipes of a document.
  static func all(in text: String) -> [String: Recipe] {
    var recipes: [String: Recipe] = [:]
    var open: Recipe?
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.hasPrefix("```") {
        if let recipe = open { recipes[recipe.name] = recipe }
        let tag = line.dropFirst(3).split(separator: " ")
        open = tag.count == 3 && tag[0] == "console" && tag[1] == "recipe" ? Recipe(name: String(tag[2])) : nil
      } else if line.hasPrefix("$ ") {
        open?.steps.append(Step(command: String(line.dropFirst(2))))
      } else if let recipe = open, !recipe.steps.isEmpty {
        open?.steps[recipe.steps.count - 1].output.append(String(line))
      }
    }
    return recipes
  }

  /// A line without what differs from run to run.
  static func essence(_ line: some StringProtocol) -> String {
    let rules: [(pattern: String, replacement: String)] = [
      (#"[A-Z][a-z]{2} \d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6} [A-Z]+"#, "MOMENT"),
      (#"[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d\.\d{3}"#, "MOMENT"),
      (#"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}(Z|[+-]\d\d:\d\d)"#, "MOMENT"),
      (#"\b[0-9a-f]{32}\b"#, "INSTANCE"),
      (#"\b\d+(\.\d+)?(us|ms|s|min|h|d)( \d+(ms|s|min|h))?\b"#, "SPAN"),
      (#"(?i)\b(pid|process|processid|index|sequence)([= ]+)\d+"#, "$1$2N"),
      (#"\bversion=[0-9.]+"#, "version=N"),
      (#" +"#, " "),
    ]
    var text = String(line)
    for rule in rules {
      text = text.replacingOccurrences(of: rule.pattern, with: rule.replacement, options: .regularExpression)
    }
    return text.trimmingCharacters(in: .whitespaces)
  }

  /// What is wrong with what was printed, line by line; nil when it is as the document says.
  static func difference(_ expected: [String], _ printed: [String]) -> String? {
    let (left, right) = (expected.map(essence).filter { !$0.isEmpty }, printed.map(essence).filter { !$0.isEmpty })
    guard left != right else { return nil }
    return "the README says:\n\(expected.joined(separator: "\n"))\nprinted was:\n\(printed.joined(separator: "\n"))"
  }
}
