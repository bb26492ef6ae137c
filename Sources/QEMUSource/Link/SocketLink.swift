// SPDX-License-Identifier: Apache-2.0
// One connection to a socket of a machine, whoever answers there.

import EventLoop

/// One connection to a socket of a machine: what a monitor's and an agent's have in common.
///
/// Ownership: holds the socket; it is closed with the object.
class SocketLink {
  final let descriptor: OwnedDescriptor
  final let credentials: UnixSocket.Credentials
  final let process: PeerProcess?
  final var handle: HandleID?
  final var timer: TimerID?
  final var timerDeadline: MonotonicTime?
  final var scanner: LineScanner
  final var writes = WriteQueue()

  init(_ descriptor: consuming OwnedDescriptor, credentials: UnixSocket.Credentials, lineBytes: Int) {
    process = PeerProcess(socket: descriptor.rawValue, credentials: credentials)
    self.descriptor = descriptor
    self.credentials = credentials
    scanner = LineScanner(limit: lineBytes)
  }
}
