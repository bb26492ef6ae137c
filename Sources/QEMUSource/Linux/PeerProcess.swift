// SPDX-License-Identifier: Apache-2.0
// The process at the other end of a socket, held so that its number cannot come to mean another one. FENCE: pidfd, /proc.

private import CLinux
import EventLoop
private import Glibc
import Hub

/// A process that is watched by a descriptor of its own.
///
/// Ownership: holds the pidfd; it is closed with the object.
final class PeerProcess {
  /// The process, beyond the reuse of its number.
  let identity: ProcessIdentity
  /// Whether it is a QEMU, as far as can be told; what is not must not be taken for the machine.
  let isQEMU: Bool
  private let descriptor: OwnedDescriptor
  private var told: Ending?

  /// The pidfd, for the loop: readable when the process has ended, hung up when its parent has taken note.
  var number: CInt { descriptor.rawValue }

  /// The process at the other end of a socket; `nil` where the kernel does not tell or it is gone already.
  convenience init?(socket: CInt, credentials: UnixSocket.Credentials) {
    guard credentials.process > 0 else { return nil }
    var number = linux_peer_pidfd(socket)
    if number < 0 {
      // Before Linux 6.5. Between the connection and here the number may have changed hands; the caller compares start times.
      number = pidfd_open(credentials.process, 0)
    }
    self.init(adopting: number, process: credentials.process)
  }

  /// The process that has a number now; `nil` if there is none.
  convenience init?(id: Int32) { self.init(adopting: pidfd_open(id, 0), process: id) }

  /// A process by its number and start, as it was known before; `nil` if it is gone.
  convenience init?(_ known: ProcessIdentity) {
    self.init(adopting: pidfd_open(known.id, 0), process: known.id, expected: known.startTicks)
  }

  private init?(adopting number: CInt, process: Int32, expected: UInt64? = nil) {
    guard number >= 0 else { return nil }
    let descriptor = OwnedDescriptor(adopting: number)
    guard let start = ProcFile.startTicks(of: process), expected == nil || expected == start else { return nil }
    self.descriptor = descriptor
    identity = ProcessIdentity(id: process, startTicks: start)
    isQEMU = ProcFile.isQEMU(process)
  }

  /// Whether it has ended.
  var hasEnded: Bool {
    var poll = pollfd(fd: descriptor.rawValue, events: Int16(POLLIN), revents: 0)
    return unsafe Glibc.poll(&poll, 1, 0) > 0
  }

  /// How it ended.
  enum Ending: Hashable, Sendable {
    /// So, as that witness says.
    case known(ProcessExit, witness: String)
    /// Its parent has not taken note yet; the kernel tells after that.
    case notYet
    /// This kernel does not tell.
    case untold
  }

  /// How it ended, once it has.
  ///
  /// Until the parent takes note there is /proc, after that the pidfd; what one of them said stays.
  var ending: Ending {
    if let told { return told }
    let ending = look()
    if case .known = ending { told = ending }
    return ending
  }

  private func look() -> Ending {
    var status: CInt = 0
    var answer = unsafe linux_pidfd_exit_status(descriptor.rawValue, &status)
    // The parent took note while the kernel was looking: now it knows.
    if answer == ESRCH { answer = unsafe linux_pidfd_exit_status(descriptor.rawValue, &status) }
    if answer == 0 { return .known(ProcessExit(waitStatus: status), witness: "pidfd") }
    if let status = ProcFile.exitStatus(of: identity) {
      return .known(ProcessExit(waitStatus: status), witness: "proc")
    }
    return answer == EAGAIN ? .notYet : .untold
  }
}

extension ProcessExit {
  /// How a process ended, from a status as wait(2) gives it.
  fileprivate init(waitStatus: CInt) {
    self = waitStatus & 0x7F == 0 ? .exited(code: waitStatus >> 8 & 0xFF) : .signalled(waitStatus & 0x7F)
  }
}
