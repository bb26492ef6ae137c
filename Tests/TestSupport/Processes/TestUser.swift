// SPDX-License-Identifier: Apache-2.0
// Who runs a command in a test.

/// A user as the kernel knows one: numbers only, so that no account need exist on the machine.
public struct TestUser: Sendable, Hashable {
  /// The user's number.
  public let user: UInt32
  /// The user's first group.
  public let group: UInt32
  /// The supplementary groups.
  public let groups: [UInt32]

  /// A user of these numbers.
  public init(user: UInt32, group: UInt32, groups: [UInt32] = []) {
    self.user = user
    self.group = group
    self.groups = groups
  }

  /// Somebody without any right: `nobody`.
  public static let nobody = TestUser(user: 65_534, group: 65_534)
  /// The daemon's own account, `vireo`, which the test buses know by this number.
  public static let service = TestUser(user: 64_123, group: 64_123)
  /// An ordinary user who is in the group `vireo`.
  public static let member = TestUser(user: 64_124, group: 64_124, groups: [64_123])

  /// The arguments by which setpriv(1) becomes this user.
  var setprivArguments: [String] {
    let supplementary =
      groups.isEmpty ? ["--clear-groups"] : ["--groups=" + groups.map(String.init).joined(separator: ",")]
    return ["--reuid=\(user)", "--regid=\(group)"] + supplementary
  }
}
