// SPDX-License-Identifier: Apache-2.0
// What an event is about, and its object path.

/// What an event is about: a machine, a device, a link, a source, or the hub itself.
public struct Subject: Hashable, Sendable {
  /// The kinds of subject; the raw value is the element of the object path.
  public enum Category: String, CaseIterable, Sendable {
    /// The hub itself.
    case hub
    /// A virtual machine.
    case vm
    /// A device of the host.
    case device
    /// A network link of the host.
    case link
    /// What feeds events.
    case source
  }

  /// The object path of the hub; those of all others begin with it.
  public static let root = "/org/vireo/Hub1"

  /// What kind of thing the subject is.
  public let category: Category
  /// What tells the subject from others of its category: a UUID or name of a machine, a syspath, an interface index.
  public let key: String
  /// The D-Bus object path of the subject.
  public let objectPath: String

  /// The hub.
  public static let hub = Subject(hub: ())

  private init(hub: Void) {
    category = .hub
    key = ""
    objectPath = Subject.root
  }

  /// The subject of that category with that key; the key may be any text, it is escaped in the path.
  public init(_ category: Category, _ key: String) {
    self.category = category
    self.key = key
    objectPath = "\(Subject.root)/\(category.rawValue)/\(Subject.escape(key))"
  }

  /// The subject with that object path, when the path is one that `objectPath` can give.
  public init?(objectPath: String) {
    if objectPath == Subject.root {
      self = .hub
      return
    }
    guard objectPath.hasPrefix(Subject.root + "/") else { return nil }
    let rest = objectPath.dropFirst(Subject.root.count + 1).split(separator: "/", omittingEmptySubsequences: false)
    guard rest.count == 2, let category = Category(rawValue: String(rest[0])), category != .hub,
      let key = Subject.unescape(rest[1])
    else { return nil }
    self.init(category, key)
    guard self.objectPath == objectPath else { return nil }
  }

  /// One element of an object path from any text, by the convention of sd_bus_path_encode(3).
  ///
  /// Letters and digits stay, every other byte becomes `_` and two hexadecimal digits, a leading digit too; empty text
  /// becomes `_`.
  static func escape(_ text: String) -> String {
    guard !text.isEmpty else { return "_" }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.utf8.count + 8)
    for (index, byte) in text.utf8.enumerated() {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): bytes.append(byte)
      case UInt8(ascii: "0")...UInt8(ascii: "9") where index > 0: bytes.append(byte)
      default:
        bytes.append(UInt8(ascii: "_"))
        bytes.append(contentsOf: [digits[Int(byte >> 4)], digits[Int(byte & 0xF)]])
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The text that `escape` made the element from; nil when it is no such element.
  static func unescape(_ element: some StringProtocol) -> String? {
    if element == "_" { return "" }
    var bytes: [UInt8] = []
    var rest = Array(element.utf8)[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "_") else {
        bytes.append(byte)
        continue
      }
      guard let high = rest.popFirst().flatMap(value), let low = rest.popFirst().flatMap(value) else { return nil }
      bytes.append(high << 4 | low)
    }
    return String(validating: bytes, as: UTF8.self)
  }

  private static let digits = Array("0123456789abcdef".utf8)

  private static func value(_ digit: UInt8) -> UInt8? {
    digits.firstIndex(of: digit).map(UInt8.init)
  }
}

extension Subject {
  // The path follows from the category and the key, so it need not be looked at.

  /// Whether both are the same subject.
  public static func == (one: Subject, other: Subject) -> Bool {
    one.category == other.category && one.key == other.key
  }

  /// Hashes the key; few subjects of different categories share one.
  public func hash(into hasher: inout Hasher) { hasher.combine(key) }
}

extension Subject.Category: Ordinal {
  /// Hashes which case it is, and not its text.
  public func hash(into hasher: inout Hasher) { hasher.combine(ordinal) }
}

extension Subject: CustomStringConvertible {
  /// The object path.
  public var description: String { objectPath }
}
