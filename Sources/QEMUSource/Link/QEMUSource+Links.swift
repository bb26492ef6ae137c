// SPDX-License-Identifier: Apache-2.0
// What is done with every connection alike: lines out of bytes, its timer, its end.

import EventLoop

extension QEMUSource {
  /// Hands over each line of the bytes that were just read, until one of them ends the connection.
  ///
  /// - Returns: false when a line is longer than the link takes.
  @inline(__always) func eachLine(
    of count: Int, from link: SocketLink, while isThere: @autoclosure () -> Bool, _ take: (Span<UInt8>) -> Void
  ) -> Bool {
    // The buffer is out of the actor's hands meanwhile, so that it can be looked at while the actor works.
    var buffer = ReadBuffer(size: 0)
    swap(&buffer, &readBuffer)
    defer { swap(&buffer, &readBuffer) }
    let chunk = buffer.bytes.span.extracting(0..<count)
    var position = 0
    while isThere() {
      switch link.scanner.next(in: chunk, from: &position) {
      case .inside(let range): take(chunk.extracting(range))
      case .joined(let line): take(line.span)
      case .incomplete: return true
      case .tooLong: return false
      }
    }
    return true
  }

  /// Sets the timer of a connection to the next moment at which something is due, or takes it away.
  ///
  /// `add` makes the timer, the first time.
  func setTimer(
    of link: SocketLink, to deadline: MonotonicTime?, now: MonotonicTime, add: (TimerInterval) -> TimerID
  ) {
    guard deadline != link.timerDeadline else { return }
    link.timerDeadline = deadline
    guard let deadline else { return cancel(&link.timer) }
    let interval = TimerInterval.every(max(.milliseconds(1), deadline - now))
    if let timer = link.timer {
      loop.updateTimeout(timer, interval: interval)
    } else {
      link.timer = add(interval)
    }
  }

  /// Takes a connection off the loop; its socket closes with it.
  func detach(_ link: SocketLink) {
    if let handle = link.handle { loop.removeHandle(handle) }
    cancel(&link.timer)
  }
}
