// SPDX-License-Identifier: Apache-2.0
// How following ends.

import ArgumentParser
import VireoCommand

/// How following ends: options of `monitor`, `log --follow` and `wait`.
struct FollowOptions: ParsableArguments, Sendable {
  @Flag(help: "Wait for ever for a hub that is away, instead of ten seconds.")
  var reconnect = false

  @Option(help: ArgumentHelp("End after this time: 30, 2min.", valueName: "span"))
  var timeout: String?

  /// The time after which to end.
  func limit() throws(ToolError) -> Duration? {
    guard let timeout else { return nil }
    guard let span = SpanText.microseconds(timeout), span > 0 else {
      throw ToolError("--timeout: '\(SafeText.printable(timeout))' is no span; write 30, 500ms or 2min", status: .usage)
    }
    return .microseconds(span)
  }
}
