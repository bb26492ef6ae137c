// SPDX-License-Identifier: Apache-2.0
// vireo metrics: how the hub is doing, for machines.

import ArgumentParser
import VireoCommand

/// How the hub is doing, in OpenMetrics text.
struct MetricsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "metrics", abstract: "Print the hub's metrics in OpenMetrics text.",
    discussion: """
      For the textfile collector of node_exporter, which reads an older form and must never find half a file: \
      vireo metrics --prometheus --output /var/lib/prometheus/node-exporter/vireo.prom
      """)

  @Flag(help: "The older text form of Prometheus.")
  var prometheus = false

  @Option(
    name: [.customShort("o", allowingJoined: true), .long],
    help: ArgumentHelp("Replace this file as a whole instead of writing to standard output.", valueName: "file"),
    completion: .file(extensions: ["prom"]))
  var output: String?

  @OptionGroup(title: "Which hub") var connection: ConnectionOptions
  @ParentCommand var parent: Vireo

  func run() throws {
    let (path, isOlderForm) = (output, prometheus)
    Session.run(connection.over(parent.connection)) { session in
      let metrics = try await session.client.metrics()
      let text = isOlderForm ? MetricsText.prometheus(metrics) : metrics
      guard let path else {
        await session.output.write(text)
        return .success
      }
      do throws(ReplacedFileError) {
        try ReplacedFile(path).write(text)
      } catch {
        throw ToolError("\(error)")
      }
      return .success
    }
  }
}
