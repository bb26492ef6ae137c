// SPDX-License-Identifier: Apache-2.0
// CurrentThread: the name of the calling thread.

private import Glibc

/// The calling thread.
enum CurrentThread {
  /// A number that no other living thread has; never 0.
  static var name: UInt { pthread_self() }
}
