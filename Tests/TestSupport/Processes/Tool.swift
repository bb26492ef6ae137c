// SPDX-License-Identifier: Apache-2.0
// Running a command to its end.

/// What a command that has ended said.
public struct ToolResult: Sendable, CustomStringConvertible {
  /// The command, for messages.
  public let command: String
  /// How it ended.
  public let status: ExitStatus
  /// All of its standard output.
  public let output: String
  /// All of its standard error.
  public let errors: String

  /// Whether it ended with 0.
  public var isSuccess: Bool { status.isSuccess }

  /// The lines of its standard output.
  public var lines: [String] { output.split(separator: "\n").map(String.init) }

  /// The command with all that it said.
  public var description: String { "\(command): \(status)\n\(output)\(errors)" }
}

/// Runs a command to its end and gives what it said.
///
/// Errors: ``MissingProgram``, ``SystemError``, and ``WaitError`` when it is still running at the deadline (it is
/// killed then). An exit status other than 0 is no error.
public func runTool(
  _ executable: String, _ arguments: String..., environment: [String: String] = [:], user: TestUser? = nil,
  within limit: Duration = Patience.standard
) async throws -> ToolResult {
  try await runTool(executable, arguments: arguments, environment: environment, user: user, within: limit)
}

/// Runs a command to its end and gives what it said.
public func runTool(
  _ executable: String, arguments: [String], environment: [String: String] = [:], user: TestUser? = nil,
  within limit: Duration = Patience.standard
) async throws -> ToolResult {
  let child = try ChildProcess(executable, arguments, options: .init(environment: environment, user: user))
  let status = try await child.exit(within: limit)
  try await child.output.end("the output of \(child.command)")
  try await child.errors.end("the errors of \(child.command)")
  return ToolResult(command: child.command, status: status, output: child.outputText, errors: child.errorText)
}
