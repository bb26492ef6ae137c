// SPDX-License-Identifier: Apache-2.0
// The text of IP addresses.

/// The text of IP addresses.
enum IPAddress {
  /// `192.0.2.1`, or `2001:db8::1` as RFC 5952 writes it; nil when the bytes are not of that family's size.
  static func text(_ bytes: Bytes, family: UInt8) -> String? {
    switch (family, bytes.count) {
    case (Family.inet, 4): bytes.map(String.init).joined(separator: ".")
    case (Family.inet6, 16): version6(Array(bytes))
    default: nil
    }
  }

  private static func version6(_ bytes: [UInt8]) -> String {
    if bytes.prefix(12).elementsEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]) {
      return "::ffff:" + bytes.suffix(4).map(String.init).joined(separator: ".")
    }
    let groups = (0..<8).map { UInt16(bytes[$0 * 2]) << 8 | UInt16(bytes[$0 * 2 + 1]) }
    let zeros = longestZeros(groups)
    func hexadecimal(_ groups: ArraySlice<UInt16>) -> String {
      groups.map { String($0, radix: 16) }.joined(separator: ":")
    }
    guard zeros.count > 1 else { return hexadecimal(groups[...]) }
    return hexadecimal(groups[..<zeros.lowerBound]) + "::" + hexadecimal(groups[zeros.upperBound...])
  }

  /// The first of the longest runs of zero groups.
  private static func longestZeros(_ groups: [UInt16]) -> Range<Int> {
    var best = 0..<0
    var start = 0
    while start < groups.count {
      var end = start
      while end < groups.count, groups[end] == 0 { end += 1 }
      if end - start > best.count { best = start..<end }
      start = end + 1
    }
    return best
  }
}
