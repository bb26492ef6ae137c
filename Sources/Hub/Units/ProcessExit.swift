// SPDX-License-Identifier: Apache-2.0
// How a process ended.

/// How a process ended, as the kernel tells its parent (wait(2)).
public enum ProcessExit: Hashable, Sendable {
  /// It ended by itself with that code.
  case exited(code: Int32)
  /// That signal ended it.
  case signalled(Int32)
}
