// SPDX-License-Identifier: Apache-2.0
// Text that somebody else wrote, made fit for events, terminals and logs.

/// Text that somebody else wrote: names of links, labels of disks, values that a udev rule set.
public enum OutsideText {
  /// The text of bytes that should be UTF-8 and may be anything: what is not text becomes "�", and see `printable(_:limit:)`.
  public static func printable(bytes: some Sequence<UInt8>, limit: Int) -> String {
    let kept = Array(bytes.prefix(limit + 4))
    return printable(String(decoding: kept, as: UTF8.self), limit: limit)
  }

  /// The text with each control character and each character that turns the direction of writing replaced by "�", and
  /// then cut to at most `limit` bytes at the edge of a character.
  public static func printable(_ text: String, limit: Int) -> String {
    // The common case first: short and plain.
    if text.utf8.count <= limit, text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) { return text }
    var result = String.UnicodeScalarView()
    for scalar in EventLimits.prefix(of: text, bytes: limit).unicodeScalars {
      result.append(isHarmful(scalar) ? "\u{FFFD}" : scalar)
    }
    return EventLimits.prefix(of: String(result), bytes: limit)
  }

  private static func isHarmful(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0..<0x20, 0x7F..<0xA0, 0x2028...0x202E, 0x2066...0x2069: true
    default: false
    }
  }
}
