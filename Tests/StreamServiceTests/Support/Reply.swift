// SPDX-License-Identifier: Apache-2.0
// One reply of the service.

import TestSupport

/// One reply of the service: its bytes, read as JSON only when a test looks into it.
///
/// A client that parsed all that comes would be a slow one.
struct Reply: Sendable, CustomStringConvertible {
  private let bytes: [UInt8]
  /// The numbers of the events in it.
  let numbers: [UInt64]

  private static let events = Array(#"{"parameters":{"events":["#.utf8)
  private static let key = Array(#"","sequence":"#.utf8)

  init(bytes: [UInt8]) {
    self.bytes = bytes
    numbers = bytes.starts(with: Reply.events) ? Reply.numbers(in: bytes[...]) : []
  }

  /// The text, as it came.
  var description: String { String(decoding: bytes, as: UTF8.self) }
  /// The whole reply; null when it is no JSON, and then nothing is found in it.
  var json: TestJSON { (try? TestJSON(parsing: description)) ?? .null }
  /// The name of the error, if it is one.
  var error: String? { json["error"]?.string }

  /// A member of the reply.
  subscript(_ name: String) -> TestJSON? { json[name] }

  /// What stands behind each key of an event's number, which follows the text of its instance.
  private static func numbers(in bytes: ArraySlice<UInt8>) -> [UInt64] {
    var numbers: [UInt64] = []
    var rest = bytes
    while let quote = rest.firstIndex(of: key[0]) {
      rest = rest[quote...]
      guard rest.starts(with: key) else {
        rest = rest.dropFirst()
        continue
      }
      rest = rest.dropFirst(key.count)
      let digits = rest.prefix { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
      if let number = UInt64(String(decoding: digits, as: UTF8.self)) { numbers.append(number) }
    }
    return numbers
  }
}
