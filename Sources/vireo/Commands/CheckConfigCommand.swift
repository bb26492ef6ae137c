// SPDX-License-Identifier: Apache-2.0
// vireo check-config: whether the daemon would take a configuration.

import ArgumentParser
import VireoCommand

/// Whether the daemon would take a configuration: asked of the daemon's own program, so that there is one answer.
struct CheckConfigCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check-config", abstract: "Check a configuration file.",
    discussion: "Exit status: 0 it is right, 78 it is wrong, and the line, the key and what was expected are told.")

  @Argument(help: ArgumentHelp("The file; else the one that vireod reads.", valueName: "file"), completion: .file())
  var file: String?

  func run() throws {
    let arguments = ["vireod", "--check-config"] + (file.map { ["--config", $0] } ?? [])
    throw Program.replace(with: arguments)
  }
}
