// SPDX-License-Identifier: Apache-2.0
// The number of descriptors that the test process may have. Fence: getrlimit, setrlimit.

private import Glibc

/// The process's limit of open descriptors (`RLIMIT_NOFILE`).
public enum DescriptorLimit {
  /// Raises the soft limit to the hard one and gives it: thousands of monitors need thousands of descriptors.
  @discardableResult
  public static func raise() throws -> Int {
    let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    var limit = rlimit()
    guard unsafe getrlimit(resource, &limit) == 0 else { throw SystemError("getrlimit") }
    limit.rlim_cur = limit.rlim_max
    guard unsafe setrlimit(resource, &limit) == 0 else { throw SystemError("setrlimit") }
    return Int(clamping: limit.rlim_cur)
  }
}
