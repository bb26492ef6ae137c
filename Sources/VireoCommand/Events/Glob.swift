// SPDX-License-Identifier: Apache-2.0
// Patterns with * and ?.

/// A pattern with `*` (any text) and `?` (any one character).
public struct Glob: Hashable, Sendable {
  /// The pattern.
  public let pattern: String
  private let characters: [Character]

  /// A pattern.
  public init(_ pattern: String) {
    self.pattern = pattern
    characters = Array(pattern)
  }

  /// Whether it has a `*` or `?`; without one it matches its own text only.
  public var isPattern: Bool { characters.contains { $0 == "*" || $0 == "?" } }

  /// Whether the whole text matches.
  ///
  /// The time is at most the product of both lengths.
  public func matches(_ text: String) -> Bool {
    let text = Array(text)
    var (position, place) = (0, 0)
    var star: (place: Int, position: Int)?
    while position < text.count {
      if place < characters.count, characters[place] == "*" {
        star = (place, position)
        place += 1
      } else if place < characters.count, characters[place] == "?" || characters[place] == text[position] {
        place += 1
        position += 1
      } else if let last = star {
        // The star takes one character more, and the rest is tried again.
        star = (last.place, last.position + 1)
        place = last.place + 1
        position = last.position + 1
      } else {
        return false
      }
    }
    return characters[place...].allSatisfy { $0 == "*" }
  }
}
