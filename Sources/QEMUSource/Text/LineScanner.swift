// SPDX-License-Identifier: Apache-2.0
// Cutting a byte stream into lines, each byte looked at once.

/// Cuts chunks of a stream into lines.
///
/// A line that lies whole inside a chunk is given as a place in that chunk and never copied. Only the beginning of a line whose
/// end has not come yet is held, and what is held is not searched again: a line costs its length, however small its pieces are.
/// What a long line needed goes away with it. An empty line (white space of the protocol) is skipped.
package struct LineScanner: Sendable {
  /// The longest line, in bytes, without its end.
  package let limit: Int
  private var held: [UInt8] = []

  /// What comes next in a chunk.
  package enum Step: Hashable, Sendable {
    /// A line, at that place of the chunk.
    case inside(Range<Int>)
    /// A line that began in an earlier chunk.
    case joined([UInt8])
    /// The chunk is used up; the beginning of a line may be held.
    case incomplete
    /// The line is longer than the limit. The scanner holds nothing any more and does not know where the next line begins.
    case tooLong
  }

  /// A scanner, by default for lines up to 16 MiB.
  package init(limit: Int = 16 << 20) { self.limit = limit }

  /// How many bytes of an unfinished line are held.
  package var heldBytes: Int { held.count }

  /// Finds the next line of `chunk` from `position` on, and moves `position` behind it.
  package mutating func next(in chunk: Span<UInt8>, from position: inout Int) -> Step {
    while position < chunk.count {
      let start = position
      guard let feed = chunk.firstIndex(of: Self.lineFeed, from: start) else {
        position = chunk.count
        return hold(chunk.extracting(start..<chunk.count))
      }
      position = feed + 1
      if held.isEmpty {
        var end = feed
        if end > start, chunk[end - 1] == Self.carriageReturn { end -= 1 }
        if end - start > limit { return .tooLong }
        if end > start { return .inside(start..<end) }
      } else {
        // One byte more than the limit may be the carriage return.
        guard held.count + feed - start <= limit + 1 else { return drop() }
        held.append(chunk.extracting(start..<feed))
        var line: [UInt8] = []
        swap(&line, &held)
        if line.last == Self.carriageReturn { line.removeLast() }
        if line.count > limit { return .tooLong }
        if !line.isEmpty { return .joined(line) }
      }
    }
    return .incomplete
  }

  /// Forgets the unfinished line, and says how long it was.
  @discardableResult
  package mutating func reset() -> Int {
    let count = held.count
    held = []
    return count
  }

  private mutating func hold(_ part: Span<UInt8>) -> Step {
    guard held.count + part.count <= limit + 1 else { return drop() }
    held.append(part)
    return .incomplete
  }

  private mutating func drop() -> Step {
    held = []
    return .tooLong
  }

  private static let lineFeed = UInt8(ascii: "\n")
  private static let carriageReturn = UInt8(ascii: "\r")
}
