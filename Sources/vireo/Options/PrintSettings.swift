// SPDX-License-Identifier: Apache-2.0
// How events are printed.

import EventModel
import VireoCommand

/// How events are printed.
struct PrintSettings: Sendable {
  var output: OutputFormat
  var utc: Bool
  var full: Bool
}

extension PrintOptions {
  /// What was written.
  var value: PrintSettings { PrintSettings(output: output, utc: utc, full: full) }
}

extension PrintSettings {
  /// The renderer for these options on this output.
  func renderer(_ client: HubClient) async throws(ToolError) -> EventRenderer {
    var origin = CloudEventOrigin(host: "localhost")
    if output == .cloudEvents {
      origin = CloudEventOrigin(
        host: try await client.property("Hostname").string ?? "localhost", machineID: try await client.machineID())
    }
    let width = min(Terminal.outputWidth ?? .max, EventRenderer.standardWidth)
    return EventRenderer(
      format: output, style: Terminal.style(), zone: utc ? .utc : .local, width: full ? nil : width, origin: origin)
  }
}
