// SPDX-License-Identifier: Apache-2.0
// What is wrong with a configuration, so that a person can mend it.

/// What is wrong with a configuration: where it stands, which key, and what was expected.
public struct SettingsError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The file, or the variable of the environment.
  public let place: String
  /// The line in the file, where it is known.
  public let line: Int?
  /// The key; empty when it is the whole file.
  public let key: String
  /// What was found and what was expected.
  public let problem: String

  init(place: String, line: Int? = nil, key: String, problem: String) {
    self.place = place
    self.line = line
    self.key = key
    self.problem = problem
  }

  /// `FILE:LINE: KEY: PROBLEM`.
  public var description: String {
    place + (line.map { ":\($0)" } ?? "") + ": " + (key.isEmpty ? "" : key + ": ") + problem
  }
}
