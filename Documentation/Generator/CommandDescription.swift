// SPDX-License-Identifier: Apache-2.0
// A program's own description of its command line.

import Foundation

/// A program's own description of its command line, as swift-argument-parser gives it.
struct CommandDescription: Decodable {
  struct Name: Decodable {
    let kind: String
    let name: String

    /// As it is typed.
    var typed: String { kind == "short" ? "-" + name : "--" + name }
  }

  struct Argument: Decodable {
    let kind: String
    let names: [Name]?
    let valueName: String?
    let abstract: String?
    let sectionTitle: String?
    let defaultValue: String?
    let isOptional: Bool
    let isRepeating: Bool
    let shouldDisplay: Bool

    /// Whether every program has it.
    var isStandard: Bool { names?.contains { $0.name == "help" || $0.name == "version" } ?? false }
  }

  let commandName: String
  let abstract: String?
  let discussion: String?
  let arguments: [Argument]
  let subcommands: [CommandDescription]
  let aliases: [String]
  /// What the program says with `--version`.
  private(set) var version = ""

  private enum CodingKeys: CodingKey {
    case commandName
    case abstract
    case discussion
    case arguments
    case subcommands
    case aliases
  }

  private struct Root: Decodable {
    let command: CommandDescription
  }

  init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    commandName = try values.decode(String.self, forKey: .commandName)
    abstract = try values.decodeIfPresent(String.self, forKey: .abstract)
    discussion = try values.decodeIfPresent(String.self, forKey: .discussion)
    let all = try values.decodeIfPresent([Argument].self, forKey: .arguments) ?? []
    arguments = all.filter { $0.shouldDisplay && !$0.isStandard }
    let commands = try values.decodeIfPresent([CommandDescription].self, forKey: .subcommands) ?? []
    subcommands = commands.filter { $0.commandName != "help" }
    aliases = try values.decodeIfPresent([String].self, forKey: .aliases) ?? []
  }

  /// Asks a program.
  init(of program: String, in folder: URL) throws {
    let description = try CommandDescription.run(program, in: folder, "--experimental-dump-help")
    self = try JSONDecoder().decode(Root.self, from: description).command
    let text = try CommandDescription.run(program, in: folder, "--version")
    version = String(decoding: text, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
  }

  private static func run(_ program: String, in folder: URL, _ argument: String) throws -> Data {
    let process = Process()
    process.executableURL = folder.appending(path: program)
    process.arguments = [argument]
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let data = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw ManualError("\(program) \(argument) failed") }
    return data
  }
}
