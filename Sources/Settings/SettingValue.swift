// SPDX-License-Identifier: Apache-2.0
// Texts of a configuration as typed values.

/// Reads texts of a configuration as typed values.
enum SettingValue {
  /// Whether the text is a value of the type.
  static func isValid(_ text: String, for type: SettingKey.ValueType) -> Bool {
    switch type {
    case .text: !text.isEmpty && text.utf8.count <= 4096 && !text.utf8.contains(0)
    case .path: text.hasPrefix("/") && text.utf8.count <= 4095 && !text.utf8.contains(0)
    case .count: UInt32(text) != nil
    case .size: size(text) != nil
    case .duration: duration(text) != nil
    case .boolean: boolean(text) != nil
    case .choice(let words): words.contains(text)
    case .list: true
    }
  }

  static func boolean(_ text: String) -> Bool? {
    switch text {
    case "true", "yes", "on": true
    case "false", "no", "off": false
    default: nil
    }
  }

  static func size(_ text: String) -> Int? {
    let units: [Character: Int] = ["K": 1 << 10, "M": 1 << 20, "G": 1 << 30]
    let unit = text.last.flatMap { units[$0] }
    return number(unit == nil ? text[...] : text.dropLast(), times: unit ?? 1)
  }

  static func duration(_ text: String) -> Duration? {
    for (suffix, seconds) in [("min", 60), ("s", 1), ("h", 3600), ("d", 86_400)] where text.hasSuffix(suffix) {
      return number(text.dropLast(suffix.count), times: seconds).map { .seconds($0) }
    }
    return nil
  }

  private static func number(_ digits: Substring, times factor: Int) -> Int? {
    guard !digits.isEmpty, digits.utf8.allSatisfy({ (48...57).contains($0) }), let number = Int(digits) else {
      return nil
    }
    let product = number.multipliedReportingOverflow(by: factor)
    return product.overflow || product.partialValue > 1 << 50 ? nil : product.partialValue
  }
}
