// SPDX-License-Identifier: Apache-2.0
// Names of members that are written in the program.

/// The name of a member, written in the program.
///
/// Looking one up compares bytes where they lie; a `String` that is not known before has to be laid out for that first.
public struct JSONKey: Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
  let text: StaticString

  /// A name.
  public init(stringLiteral text: StaticString) { self.text = text }

  /// The name as text.
  public var description: String { text.description }
}
