// SPDX-License-Identifier: Apache-2.0
// A test that cannot go on.

/// A test that cannot go on, and what it saw.
struct TestFailure: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}
