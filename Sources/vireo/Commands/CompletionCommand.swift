// SPDX-License-Identifier: Apache-2.0
// vireo completion: what a shell needs to complete our command lines.

import ArgumentParser

/// What a shell needs to complete our command lines.
struct CompletionCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "completion", abstract: "Print the completion script for a shell.",
    discussion: "For bash: vireo completion bash >/usr/share/bash-completion/completions/vireo")

  /// The shells.
  enum Shell: String, CaseIterable, ExpressibleByArgument {
    case bash
    case zsh
    case fish
  }

  @Argument(help: ArgumentHelp("bash, zsh or fish.", valueName: "shell"))
  var shell: Shell

  func run() throws {
    let kind: CompletionShell =
      switch shell {
      case .bash: .bash
      case .zsh: .zsh
      case .fish: .fish
      }
    print(Vireo.completionScript(for: kind))
  }
}
