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

  /// The longest target of a link that there can be, in bytes.
  private static let linkBytes = Int(PATH_MAX)

  /// The last part of what a link points to; nil when there is no link.
  private static func link(_ path: String) -> String? {
    unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: linkBytes) { buffer in
      guard let start = buffer.baseAddress else { return nil }
      let count = unsafe readlink(path, start, buffer.count)
      guard count > 0 else { return nil }
      let target = unsafe UnsafeRawBufferPointer(buffer)[..<count]
      return unsafe String(decoding: target.split(separator: UInt8(ascii: "/")).last ?? [], as: UTF8.self)
    }
  }

  private static func file(_ path: String, limit: Int) -> String? {
    let number = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW)
    guard number >= 0 else { return nil }
    defer { _ = close(number) }
    return unsafe withUnsafeTemporaryAllocation(of: UInt8.self, capacity: limit) { buffer in
      let count = unsafe read(number, buffer.baseAddress, buffer.count)
      guard count >= 0 else { return nil }
      var text = unsafe buffer[..<count]
      while let last = unsafe text.last, last == UInt8(ascii: "\n") || last == UInt8(ascii: " ") {
        unsafe text.removeLast()
      }
      return unsafe String(decoding: text, as: UTF8.self)
    }
  }
}
