// SPDX-License-Identifier: Apache-2.0
// What a document shows of a terminal, as commands that can be run.

import Foundation
import TestSupport

/// A command of a document and what the document says about its output.
struct ConsoleCommand: Sendable, CustomStringConvertible {
  /// What the block's tag says about the commands in it.
  enum Mode: String, Sendable {
    /// It ends, with success, and says what is shown.
    case runs = ""
    /// It ends without success, and says what is shown.
    case fails
    /// It goes on until it is ended, and shows what happens.
    case follow
  }

  let line: Int
  let mode: Mode
  let command: String
  /// Lines that its output has, in that order, others between them; `…` stands for anything.
  var expected: [String] = []

  var description: String { "line \(line): \(command)" }

  /// Whether the output has the expected lines in their order; else the first that is missing.
  func missingLine(in output: String) throws -> String? {
    var rest = output.split(separator: "\n", omittingEmptySubsequences: false)[...]
    for line in expected {
      let pattern = line.split(separator: "…", omittingEmptySubsequences: false)
        .map { NSRegularExpression.escapedPattern(for: String($0)) }.joined(separator: ".*")
      let regex = try Regex(pattern)
      guard let index = rest.firstIndex(where: { $0.wholeMatch(of: regex) != nil }) else { return line }
      rest = rest[(index + 1)...]
    }
    return nil
  }

  /// The commands of a document: the lines after `$ ` in blocks that are tagged `console`.
  static func commands(in text: String) -> [ConsoleCommand] {
    var commands: [ConsoleCommand] = []
    var mode: Mode?
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      if line.hasPrefix("```") {
        let tag = line.dropFirst(3).split(separator: " ").map(String.init)
        mode = tag.first == "console" ? Mode(rawValue: tag.dropFirst().first ?? "") : nil
      } else if let mode, line.hasPrefix("$ ") {
        commands.append(ConsoleCommand(line: index + 1, mode: mode, command: String(line.dropFirst(2))))
      } else if mode != nil, !commands.isEmpty {
        commands[commands.count - 1].expected.append(String(line))
      }
    }
    return commands
  }
}
