// SPDX-License-Identifier: Apache-2.0
// SignalDescriptor: signals as something to read.

private import CLinux
import Glibc

/// A signal as it arrived, with its sender.
public struct SignalInfo: Hashable, Sendable {
  /// The number of the signal, `SIGTERM` and the like.
  public let signal: CInt
  /// The process that sent it; 0 when the kernel did.
  public let senderPID: Int32
  /// The real user of that process.
  public let senderUID: UInt32
}

/// A signalfd.
struct SignalDescriptor: ~Copyable, Sendable {
  private let descriptor: OwnedDescriptor

  /// Blocks the signals in the calling thread and makes them readable.
  init(_ signals: [CInt]) throws(LoopError) {
    try Self.block(signals)
    var set = try Self.set(signals)
    let number = unsafe signalfd(-1, &set, CInt(SFD_CLOEXEC | SFD_NONBLOCK))
    guard number >= 0 else { throw LoopError(.createSignalDescriptor, errorNumber: errno) }
    descriptor = OwnedDescriptor(adopting: number)
  }

  var number: CInt { descriptor.rawValue }

  /// Takes the next signal; nil when there is none.
  func next() -> SignalInfo? {
    var info = signalfd_siginfo()
    let size = MemoryLayout<signalfd_siginfo>.size
    var count = 0
    repeat { count = unsafe read(descriptor.rawValue, &info, size) } while count < 0 && errno == EINTR
    guard count == size else { return nil }
    return SignalInfo(
      signal: CInt(bitPattern: info.ssi_signo), senderPID: Int32(bitPattern: info.ssi_pid), senderUID: info.ssi_uid)
  }

  /// Blocks the signals in the calling thread, and so in each that it starts afterwards.
  static func block(_ signals: [CInt]) throws(LoopError) {
    var set = try set(signals)
    let result = unsafe pthread_sigmask(SIG_BLOCK, &set, nil)
    guard result == 0 else { throw LoopError(.blockSignals, errorNumber: result) }
  }

  private static func set(_ signals: [CInt]) throws(LoopError) -> sigset_t {
    var set = sigset_t()
    unsafe sigemptyset(&set)
    for signal in signals {
      guard unsafe sigaddset(&set, signal) == 0 else { throw LoopError(.blockSignals, errorNumber: errno) }
    }
    return set
  }
}
