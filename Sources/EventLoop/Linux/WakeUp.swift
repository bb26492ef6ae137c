// SPDX-License-Identifier: Apache-2.0
// WakeUp: the eventfd with which other threads interrupt a waiting loop.

private import CLinux
import Glibc

/// A descriptor that becomes readable when somebody signals, however often, and quiet again when it is drained.
struct WakeUp: ~Copyable, Sendable {
  private let descriptor: OwnedDescriptor

  init() throws(LoopError) {
    let number = eventfd(0, CInt(EFD_CLOEXEC | EFD_NONBLOCK))
    guard number >= 0 else { throw LoopError(.createWakeUp, errorNumber: errno) }
    descriptor = OwnedDescriptor(adopting: number)
  }

  var number: CInt { descriptor.rawValue }

  /// Makes the descriptor readable.
  func signal() {
    // A full counter means that it already is.
    _ = eventfd_write(descriptor.rawValue, 1)
  }

  /// Makes the descriptor quiet.
  func drain() {
    // Nothing to read means that it already is.
    var count: eventfd_t = 0
    _ = unsafe eventfd_read(descriptor.rawValue, &count)
  }
}
