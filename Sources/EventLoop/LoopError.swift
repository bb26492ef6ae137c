// SPDX-License-Identifier: Apache-2.0
// LoopError: the kernel refused something the loop cannot do without.

/// The kernel refused something that the loop cannot do without.
///
/// What can go wrong with a registered descriptor is not an error but an event: see `HandleEvents.error`.
public struct LoopError: Error, Hashable, Sendable {
  /// What was tried.
  public enum Operation: String, Hashable, Sendable {
    /// Making the epoll instance.
    case createPoll = "epoll_create1"
    /// Making or registering the wake-up descriptor.
    case createWakeUp = "eventfd"
    /// Making the signal descriptor.
    case createSignalDescriptor = "signalfd"
    /// Blocking signals in the calling thread.
    case blockSignals = "pthread_sigmask"
    /// Closing a descriptor.
    case close
  }

  /// What was tried.
  public let operation: Operation
  /// The error number of errno(3).
  public let errorNumber: CInt

  init(_ operation: Operation, errorNumber: CInt) {
    self.operation = operation
    self.errorNumber = errorNumber
  }
}

extension LoopError: CustomStringConvertible {
  /// The operation and the error number, as in `epoll_create1: error 24`.
  public var description: String { "\(operation.rawValue): error \(errorNumber)" }
}
