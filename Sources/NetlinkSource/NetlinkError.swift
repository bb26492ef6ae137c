// SPDX-License-Identifier: Apache-2.0
// What can go wrong with a netlink socket.

private import Glibc

/// The kernel refused something about a netlink socket.
public struct NetlinkError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The system call, or what was done.
  public let operation: String
  /// The error number of errno(3).
  public let errorNumber: CInt

  /// An error of that operation.
  public init(_ operation: String, errorNumber: CInt) {
    self.operation = operation
    self.errorNumber = errorNumber
  }

  /// The operation with the system's text.
  public var description: String { "\(operation): \(Self.text(of: errorNumber))" }

  /// The system's text for an error number.
  static func text(of number: CInt) -> String {
    var buffer = [CChar](repeating: 0, count: 128)
    guard unsafe strerror_r(number, &buffer, buffer.count) == 0 else { return "error \(number)" }
    return String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}
