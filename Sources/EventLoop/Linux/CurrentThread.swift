// SPDX-License-Identifier: Apache-2.0
// CurrentThread: the name of the calling thread.

private import CLinux

/// The calling thread.
enum CurrentThread {
  /// A number that no other living thread has; never 0.
  @inline(__always) static var name: UInt { UInt(linux_current_thread()) }
}
