// SPDX-License-Identifier: Apache-2.0
// Amounts for people.

/// Amounts for people.
public enum Units {
  /// Bytes in powers of 1024 with three digits, `2.1 GiB`.
  public static func bytes(_ count: Double) -> String {
    let names = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]
    var amount = bounded(count, 1e36)
    var index = 0
    while amount >= 1000, index < names.count - 1 {
      amount /= 1024
      index += 1
    }
    return "\(digits(amount, index == 0)) \(names[index])"
  }

  /// A percentage without digits after the dot, `68%`.
  public static func percent(_ amount: Double) -> String {
    "\(Int(bounded(amount, 100).rounded()))%"
  }

  /// Milliseconds without digits after the dot, `83 ms`.
  public static func milliseconds(_ amount: Double) -> String {
    "\(Int(bounded(amount, 1e12).rounded())) ms"
  }

  /// A number from somewhere else, which may be no number or beyond what an integer holds.
  private static func bounded(_ amount: Double, _ most: Double) -> Double {
    amount.isNaN ? 0 : min(max(amount, 0), most)
  }

  /// One digit after the dot where the number is small.
  private static func digits(_ amount: Double, _ isWhole: Bool) -> String {
    if isWhole || amount >= 100 { return String(Int(amount.rounded())) }
    let tenths = Int((amount * 10).rounded())
    return "\(tenths / 10).\(tenths % 10)"
  }
}
