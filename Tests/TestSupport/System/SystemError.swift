// SPDX-License-Identifier: Apache-2.0
// A system call that failed under a test. Fence: Glibc's errno.

private import Glibc

/// A system call that failed: its name and its `errno`.
public struct SystemError: Error, CustomStringConvertible, Sendable {
  /// The call, `connect`.
  public let call: String
  /// The `errno`.
  public let code: CInt

  /// Makes one from an `errno` taken right after the call.
  public init(_ call: String, code: CInt) {
    self.call = call
    self.code = code
  }

  /// Makes one from the thread's current `errno`.
  init(_ call: String) { self.init(call, code: errno) }

  /// The call and the system's text.
  public var description: String {
    let text = unsafe String(cString: strerror(code))
    return "\(call): \(text)"
  }
}
