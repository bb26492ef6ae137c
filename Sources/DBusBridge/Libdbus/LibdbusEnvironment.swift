// SPDX-License-Identifier: Apache-2.0
// What libdbus is told before its first use. Fence: the process's environment.

private import Glibc

/// Settings of libdbus for the whole process.
enum LibdbusEnvironment {
  private static let prepared: Void = {
    // A failed check in libdbus ends the process unless this says otherwise; then the function fails, which is
    // checked everywhere. It is a second line: no bad input gets that far. What an operator set is left alone.
    _ = unsafe setenv("DBUS_FATAL_WARNINGS", "0", 0)
  }()

  /// Makes failed checks in libdbus harmless.
  ///
  /// Call it before other threads read the environment.
  static func prepare() { _ = prepared }
}
