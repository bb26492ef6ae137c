// SPDX-License-Identifier: Apache-2.0
// That the host was started anew between two runs of the hub.

/// The identity of one run of a host, from its start to its end (`/proc/sys/kernel/random/boot_id`, random(4)).
public struct BootID: Hashable, Sendable, CustomStringConvertible {
  /// Its text: a UUID in lower-case hexadecimal digits.
  public let description: String

  /// The identity with that text; nil unless it is written as the kernel writes one.
  public init?(_ text: String) {
    let groups = text.split(separator: "-", omittingEmptySubsequences: false)
    guard groups.map(\.utf8.count) == [8, 4, 4, 4, 12],
      groups.allSatisfy({ $0.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) } })
    else { return nil }
    description = text
  }
}

/// That the host was started anew after a log was last written: whatever ran on it then has ended.
public struct HostReboot: Hashable, Sendable {
  /// Under which the log was written.
  public let former: BootID
  /// Under which it was opened.
  public let current: BootID
  /// Whether the run that wrote the log closed it in good order, as at an orderly shutdown; not so at a loss of power or a crash.
  public let isOrderly: Bool

  /// A reboot; nil if both are the same run of the host.
  public init?(from former: BootID, to current: BootID, isOrderly: Bool) {
    guard former != current else { return nil }
    self.former = former
    self.current = current
    self.isOrderly = isOrderly
  }
}
