// SPDX-License-Identifier: Apache-2.0
// One connection to a socket of a machine, whoever answers there.

import EventLoop

/// One connection to a socket of a machine: what a monitor's and an agent's have in common.
///
/// Ownership: holds the socket; it is closed with the object.
class SocketLink {
  let descriptor: OwnedDescriptor
  let credentials: UnixSocket.Credentials
  let process: PeerProcess?
  var handle: HandleID?
  var timer: TimerID?
  var timerDeadline: MonotonicTime?
  var scanner: LineScanner
  var writes = WriteQueue()

  init(_ descriptor: consuming OwnedDescriptor, credentials: UnixSocket.Credentials, lineBytes: Int) {
    process = PeerProcess(socket: descriptor.rawValue, credentials: credentials)
    self.descriptor = descriptor
    self.credentials = credentials
    scanner = LineScanner(limit: lineBytes)
  }
}
