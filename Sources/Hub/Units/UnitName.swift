// SPDX-License-Identifier: Apache-2.0
// The name of a unit of systemd that processes run in.

/// The name of a service or scope of systemd, by the rules of systemd.unit(5).
///
/// Valid: `qemu@web01.service`, `machine-qemu\x2d1\x2dweb01.scope`. Not valid: `qemu@.service` (a template), `.service`,
/// `a b.service`, a slice, anything past 255 bytes.
public struct UnitName: Hashable, Sendable, CustomStringConvertible {
  /// What kind of unit it is.
  public enum Kind: String, Hashable, Sendable, CaseIterable {
    /// systemd started its processes and hears how its main process ends.
    case service
    /// Somebody else started its processes; systemd knows only when none is left.
    case scope
  }

  /// The longest name, in bytes.
  public static let lengthLimit = 255

  /// The name, known to be valid.
  public let rawValue: String
  /// What kind of unit it is.
  public let kind: Kind

  /// Takes a text from anywhere; nil if no service and no scope can be named so.
  public init?(_ text: String) {
    guard text.utf8.count <= Self.lengthLimit, let dot = text.utf8.lastIndex(of: UInt8(ascii: ".")),
      let kind = Kind(rawValue: String(text[text.utf8.index(after: dot)...])), Self.isStem(text[..<dot])
    else { return nil }
    rawValue = text
    self.kind = kind
  }

  /// The name itself.
  public var description: String { rawValue }

  /// Whether a unit, and not a template, may have that name without its ending.
  public static func isStem(_ stem: Substring) -> Bool {
    guard !stem.isEmpty, stem.utf8.allSatisfy({ isPlain($0) || $0 == UInt8(ascii: "@") }) else { return false }
    guard let at = stem.utf8.firstIndex(of: UInt8(ascii: "@")) else { return true }
    return at != stem.startIndex && stem.utf8.index(after: at) != stem.endIndex
  }

  private static func isPlain(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
      UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: ":"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."),
      UInt8(ascii: "\\"):
      true
    default: false
    }
  }
}
