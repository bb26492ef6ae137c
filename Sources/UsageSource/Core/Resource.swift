// SPDX-License-Identifier: Apache-2.0
// What of the host a process holds open.

/// Something of the host that a process holds open.
enum Resource: Hashable, Sendable {
  /// A tun or tap link, by its name: what the kernel says of an open /dev/net/tun.
  case link(String)
  /// A macvtap link, by its index: the number in the name of its device, /dev/tap7.
  case linkIndex(UInt64)
  /// An IOMMU group with all its PCI devices: /dev/vfio/14.
  case group(UInt64)
  /// A PCI device by its path in sysfs: what the kernel says of an open /dev/vfio/devices/vfio0.
  case path(String)
  /// A device file by its numbers.
  case file(isBlock: Bool, major: UInt32, minor: UInt32)

  /// Whether the file that a descriptor refers to is worth a closer look.
  static func isWorthLook(_ target: String) -> Bool {
    target.hasPrefix("/dev/") || target.hasPrefix("anon_inode:[vfio")
  }

  /// What a descriptor holds open.
  ///
  /// - Parameters:
  ///   - target: What /proc says that the descriptor refers to.
  ///   - numbers: The numbers of the device file that it is.
  ///   - information: The lines that /proc has about the descriptor.
  /// - Returns: nil when it is nothing that one machine could take from another.
  static func of(
    target: String, numbers: (isBlock: Bool, major: UInt32, minor: UInt32)?, information: String
  ) -> Resource? {
    if let name = line("iff", of: information), !name.isEmpty { return .link(name) }
    if let path = line("vfio-device-syspath", of: information), path.hasPrefix("/sys/") { return .path(path) }
    if let number = number(after: "/dev/tap", in: target) { return .linkIndex(number) }
    if let number = number(after: "/dev/vfio/", in: target) { return .group(number) }
    return numbers.map { .file(isBlock: $0.isBlock, major: $0.major, minor: $0.minor) }
  }

  private static func number(after prefix: String, in target: String) -> UInt64? {
    guard target.hasPrefix(prefix) else { return nil }
    let rest = target.dropFirst(prefix.count)
    return rest.utf8.allSatisfy { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") } ? UInt64(rest) : nil
  }

  /// The value of a line `name:\tvalue`.
  private static func line(_ name: String, of information: String) -> String? {
    for line in information.split(separator: "\n") where line.hasPrefix(name + ":") {
      return String(line.dropFirst(name.utf8.count + 1).drop { $0 == "\t" || $0 == " " })
    }
    return nil
  }
}
