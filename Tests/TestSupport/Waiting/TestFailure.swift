// SPDX-License-Identifier: Apache-2.0
// A test that cannot go on.

/// A test that cannot go on, and what it saw.
public struct TestFailure: Error, CustomStringConvertible, Sendable {
  /// What it saw.
  public let description: String

  /// A failure in words.
  public init(_ description: String) { self.description = description }
}
