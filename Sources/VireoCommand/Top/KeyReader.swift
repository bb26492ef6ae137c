// SPDX-License-Identifier: Apache-2.0
// Keys from the bytes of a terminal.

/// A key that `top` knows.
public enum Key: Equatable, Sendable {
  /// Ends it.
  case quit
  /// One row up.
  case up
  /// One row down.
  case down
  /// One page up.
  case pageUp
  /// One page down.
  case pageDown
  /// To the beginning.
  case home
  /// To the end.
  case end
  /// Everything is drawn anew.
  case redraw
}

/// Reads keys from the bytes of a terminal; what it does not know is passed over.
public struct KeyReader: Sendable {
  /// The longest sequence of one key, in bytes.
  private static let sequenceLimit = 16

  private var sequence: [UInt8] = []

  /// A reader.
  public init() {}

  /// The keys of some more bytes; a sequence may be cut anywhere.
  public mutating func keys(_ bytes: some Sequence<UInt8>) -> [Key] {
    bytes.compactMap { key($0) }
  }

  private mutating func key(_ byte: UInt8) -> Key? {
    if sequence.isEmpty {
      guard byte == 0x1B else { return KeyReader.plain(byte) }
      sequence = [byte]
      return nil
    }
    // A second escape begins anew; after escape only `[` and `O` begin the sequence of a key.
    if byte == 0x1B {
      sequence = [byte]
      return nil
    }
    sequence.append(byte)
    if sequence.count == 2 {
      guard byte == UInt8(ascii: "[") || byte == UInt8(ascii: "O") else {
        sequence = []
        return KeyReader.plain(byte)
      }
      return nil
    }
    guard (0x40...0x7E).contains(byte) || sequence.count >= KeyReader.sequenceLimit else { return nil }
    defer { sequence = [] }
    switch String(decoding: sequence.dropFirst(2), as: UTF8.self) {
    case "A": return .up
    case "B": return .down
    case "H", "1~", "7~": return .home
    case "F", "4~", "8~": return .end
    case "5~": return .pageUp
    case "6~": return .pageDown
    default: return nil
    }
  }

  private static func plain(_ byte: UInt8) -> Key? {
    switch byte {
    // Ctrl-C comes as a signal; where it does not, it means the same.
    case UInt8(ascii: "q"), UInt8(ascii: "Q"), 0x03: .quit
    case UInt8(ascii: "k"): .up
    case UInt8(ascii: "j"): .down
    case UInt8(ascii: "b"), 0x02: .pageUp
    case UInt8(ascii: " "), 0x06: .pageDown
    case UInt8(ascii: "g"): .home
    case UInt8(ascii: "G"): .end
    case 0x0C: .redraw
    default: nil
    }
  }
}
