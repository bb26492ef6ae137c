// SPDX-License-Identifier: Apache-2.0
// The Python client of the Varlink project, which knows nothing of us.

import TestSupport

/// A Python with the package `varlink` of PyPI, in an environment of its own that `Scripts/install-varlink-client` makes.
enum PythonVarlink {
  static let python = Repository.file(".build/varlink-client/bin/python")
  static let requirement = Requirement.probe(
    "the Python package varlink (Scripts/install-varlink-client)", "\(python) -c 'import varlink'")

  /// Runs a script to its end.
  static func run(_ script: String, _ arguments: String...) async throws -> ToolResult {
    try await runTool(python, arguments: ["-c", script] + arguments, within: Patience.standard)
  }
}
