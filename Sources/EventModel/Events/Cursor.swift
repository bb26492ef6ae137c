// SPDX-License-Identifier: Apache-2.0
// Where a consumer stands in the stream.

/// The identity of one journal; made with it, changed only when the journal is lost.
public struct InstanceID: Hashable, Sendable, CustomStringConvertible {
  /// 32 lower-case hexadecimal digits.
  public let description: String

  /// The identity with that text; nil unless it is 32 lower-case hexadecimal digits.
  public init?(_ text: String) {
    guard text.utf8.count == 32,
      text.utf8.allSatisfy({ (48...57).contains($0) || (97...102).contains($0) })
    else { return nil }
    description = text
  }

  /// A new identity from the system's random numbers.
  public static func random() -> InstanceID {
    var generator = SystemRandomNumberGenerator()
    return InstanceID(generator.next(), generator.next())
  }

  private init(_ high: UInt64, _ low: UInt64) {
    let halves = [high, low].map { half in
      let digits = String(half, radix: 16)
      return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }
    description = halves.joined()
  }
}

/// Where a consumer stands in the stream: the last event it has seen, of which instance.
public struct Cursor: Hashable, Sendable, CustomStringConvertible {
  /// Whose sequence it is.
  public let instance: InstanceID
  /// The last event seen; 0 before the first.
  public let sequence: UInt64

  /// The cursor after that event of that instance.
  public init(instance: InstanceID, sequence: UInt64) {
    self.instance = instance
    self.sequence = sequence
  }

  /// The cursor with that text, `INSTANCE:SEQUENCE`.
  public init?(_ text: String) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2, let instance = InstanceID(String(parts[0])), let sequence = UInt64(parts[1]) else {
      return nil
    }
    self.init(instance: instance, sequence: sequence)
  }

  /// The text form, `INSTANCE:SEQUENCE`.
  public var description: String { "\(instance):\(sequence)" }
}
