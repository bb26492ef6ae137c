// SPDX-License-Identifier: Apache-2.0
// FENCE: small files and links below a device's directory.

private import Glibc
import Hub

/// Reads small files and links below a device's directory in sysfs.
enum SysfsReader {
  /// What the files and links that a capability names say; those that are not there, or cannot be read, are left out.
  ///
  /// In a name `%` stands for the name of the device.
  static func attributes(_ capability: Capability, of path: String, limits: UdevLimits) -> [String: String] {
    var attributes: [String: String] = [:]
    let name = path.split(separator: "/").last ?? ""
    for attribute in capability.attributes {
      let file = attribute.split(separator: "/").map { $0 == "%" ? name : $0 }.joined(separator: "/")
      if let text = link("\(path)/\(file)") ?? self.file("\(path)/\(file)", limit: limits.attributeBytes) {
        attributes[attribute] = OutsideText.printable(text, limit: limits.valueBytes)
      }
    }
    return attributes
  }

  /// The last part of what a link points to; nil when there is no link.
  private static func link(_ path: String) -> String? {
    var buffer = [CChar](repeating: 0, count: 4096)
    let count = unsafe readlink(path, &buffer, buffer.count)
    guard count > 0 else { return nil }
    let bytes = buffer[..<count].map(UInt8.init(bitPattern:))
    return String(decoding: bytes.split(separator: UInt8(ascii: "/")).last ?? [], as: UTF8.self)
  }

  private static func file(_ path: String, limit: Int) -> String? {
    let number = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW)
    guard number >= 0 else { return nil }
    defer { _ = close(number) }
    var buffer = [UInt8](repeating: 0, count: limit)
    let count = unsafe read(number, &buffer, limit)
    guard count >= 0 else { return nil }
    var text = buffer[..<count]
    while let last = text.last, last == UInt8(ascii: "\n") || last == UInt8(ascii: " ") { text.removeLast() }
    return String(decoding: text, as: UTF8.self)
  }
}
