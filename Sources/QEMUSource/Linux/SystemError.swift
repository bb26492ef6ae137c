// SPDX-License-Identifier: Apache-2.0
// An error number of the kernel. FENCE: strerror_r.

private import Glibc

/// An error number of errno(3), as a system call left it.
package struct SystemError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The number.
  package let number: Int32

  /// An error by its number.
  package init(_ number: Int32) { self.number = number }

  /// The error that the last system call of this thread left.
  static var last: SystemError { SystemError(errno) }

  /// The system's words for it.
  package var description: String {
    var text = [CChar](repeating: 0, count: 128)
    guard unsafe strerror_r(number, &text, text.count) == 0 else { return "error \(number)" }
    return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  static let tryAgain = SystemError(EAGAIN)
  static let connectionRefused = SystemError(ECONNREFUSED)
  static let noSuchFile = SystemError(ENOENT)
  static let tooManyFiles: Set<SystemError> = [
    SystemError(EMFILE), SystemError(ENFILE), SystemError(ENOBUFS), SystemError(ENOMEM),
  ]
  static let nameTooLong = SystemError(ENAMETOOLONG)
  static let addressInUse = SystemError(EADDRINUSE)
  static let processGone = SystemError(ESRCH)
}
