// SPDX-License-Identifier: Apache-2.0
// Commands and options of a program.

import Foundation

/// Commands and options of a program.
enum CommandPage {
  /// The commands, each with its own options; groups of options that several commands have are named only.
  static func commands(_ program: CommandDescription) -> String {
    let shared = Set(sharedGroups(program).map(\.title))
    return program.subcommands.map { command in
      var text = ".SS \(Roff.text(synopsis(command)))\n"
      text += Roff.prose(command.abstract ?? "") + "\n"
      if let discussion = command.discussion {
        for paragraph in discussion.components(separatedBy: "\n\n") { text += ".PP\n\(Roff.prose(paragraph))\n" }
      }
      if !command.aliases.isEmpty {
        text += ".PP\nAlso called \(command.aliases.map { Roff.bold($0) }.joined(separator: ", ")).\n"
      }
      text += options(command.arguments.filter { !shared.contains($0.sectionTitle ?? "") })
      let groups = unique(command.arguments.compactMap(\.sectionTitle)).filter(shared.contains)
      let others = groups.filter { $0 != "Which hub" }
      if !others.isEmpty {
        text +=
          ".PP\nOptions under \(others.map { "\\(lq" + Roff.prose($0) + "\\(rq" }.joined(separator: ", ")) apply.\n"
      }
      return text
    }.joined()
  }

  /// The groups of options that several commands have.
  static func sharedOptions(_ program: CommandDescription) -> String {
    sharedGroups(program).map { group in
      ".SS \(Roff.text(group.title))\n" + options(group.arguments)
    }.joined()
  }

  /// Options, each with its meaning.
  static func options(_ arguments: [CommandDescription.Argument]) -> String {
    arguments.map { argument in
      var meaning = Roff.prose(argument.abstract ?? "")
      if let standard = argument.defaultValue { meaning += " Default: \(Roff.text(standard))." }
      return Roff.item(tag(argument), meaning)
    }.joined()
  }

  private static func tag(_ argument: CommandDescription.Argument) -> String {
    let value = Roff.italic((argument.valueName ?? "").uppercased())
    guard let names = argument.names, argument.kind != "positional" else { return value }
    // A name that has a value joins it the way the option is typed.
    let typed = names.sorted { $0.kind == "short" && $1.kind != "short" }.map { name in
      guard argument.kind == "option" else { return Roff.bold(name.typed) }
      return Roff.bold(name.typed) + (name.kind == "short" ? " " : "=") + value
    }
    return unique(typed).joined(separator: ", ")
  }

  private static func synopsis(_ command: CommandDescription) -> String {
    let positionals = command.arguments.filter { $0.kind == "positional" }.map { argument in
      let name = (argument.valueName ?? "").uppercased() + (argument.isRepeating ? "..." : "")
      return argument.isOptional ? "[\(name)]" : name
    }
    return ([command.commandName] + positionals).joined(separator: " ")
  }

  private static func sharedGroups(
    _ program: CommandDescription
  ) -> [(title: String, arguments: [CommandDescription.Argument])] {
    let titles = unique(program.subcommands.flatMap { unique($0.arguments.compactMap(\.sectionTitle)) })
    return titles.compactMap { title in
      let users = program.subcommands.filter { command in command.arguments.contains { $0.sectionTitle == title } }
      guard users.count > 1, let first = users.first else { return nil }
      return (title, first.arguments.filter { $0.sectionTitle == title })
    }
  }

  private static func unique(_ texts: [String]) -> [String] {
    var seen: Set<String> = []
    return texts.filter { seen.insert($0).inserted }
  }
}
