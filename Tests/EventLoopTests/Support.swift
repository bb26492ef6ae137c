// SPDX-License-Identifier: Apache-2.0
// What the tests of the loop share: pipes, records, and waits with a deadline.

import EventLoop
import Foundation
import Glibc
import Synchronization
import Testing

/// A pipe that does not block.
struct Pipe: ~Copyable, Sendable {
  let reader: OwnedDescriptor
  let writer: OwnedDescriptor

  init() {
    var numbers: [CInt] = [-1, -1]
    let result = unsafe pipe(&numbers)
    precondition(result == 0, "a test needs a pipe")
    for number in numbers {
      _ = fcntl(number, F_SETFL, O_NONBLOCK)
      _ = fcntl(number, F_SETFD, FD_CLOEXEC)
    }
    reader = OwnedDescriptor(adopting: numbers[0])
    writer = OwnedDescriptor(adopting: numbers[1])
  }

  func write() { put(writer.rawValue) }
}

/// A connected pair of stream sockets that do not block.
struct SocketPair: ~Copyable, Sendable {
  let near: OwnedDescriptor
  let far: OwnedDescriptor

  init() {
    var numbers: [CInt] = [-1, -1]
    let kind = CInt(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
    let result = unsafe socketpair(AF_UNIX, kind, 0, &numbers)
    precondition(result == 0, "a test needs a socket pair")
    near = OwnedDescriptor(adopting: numbers[0])
    far = OwnedDescriptor(adopting: numbers[1])
  }
}

/// Writes one byte.
func put(_ descriptor: CInt) {
  var byte: UInt8 = 1
  let count = unsafe write(descriptor, &byte, 1)
  precondition(count == 1, "a test writes one byte")
}

/// Reads one byte; false when there is none.
@discardableResult func take(_ descriptor: CInt) -> Bool {
  var byte: UInt8 = 0
  return unsafe read(descriptor, &byte, 1) == 1
}

/// A value that callbacks write and tests read, with a wait for it.
final class Box<Value: Sendable>: Sendable {
  private let value: Mutex<Value>
  private let changed = DispatchSemaphore(value: 0)

  init(_ value: Value) { self.value = Mutex(value) }

  var current: Value { value.withLock { $0 } }

  func change(_ body: (inout Value) -> Void) {
    value.withLock { body(&$0) }
    changed.signal()
  }

  /// Waits until the value is as wanted; false when that takes longer than the deadline.
  func wait(atMost limit: Duration = .seconds(20), until isWanted: (Value) -> Bool) -> Bool {
    let deadline = DispatchTime.now() + .milliseconds(Int(limit.components.seconds) * 1000)
    while !isWanted(current) {
      if changed.wait(timeout: deadline) == .timedOut { return isWanted(current) }
    }
    return true
  }
}

extension Box where Value == [String] {
  convenience init() { self.init([]) }

  func note(_ text: String) { change { $0.append(text) } }
}

/// A loop that runs in a thread of its own until it is told to stop.
final class LoopThread: Sendable {
  let loop: EventLoop
  private let isOver = Box(false)

  init(_ loop: EventLoop) {
    self.loop = loop
    let isOver = isOver
    Thread.detachNewThread {
      loop.run()
      isOver.change { $0 = true }
    }
  }

  /// Stops the loop and waits for its thread.
  func stop() {
    loop.stop()
    #expect(isOver.wait { $0 }, "the loop stops")
  }

  /// Waits until the loop has nothing left to do and waits itself: a job came through, and nothing came after it.
  func drain() {
    let isThrough = Box(false)
    loop.submit { isThrough.change { $0 = true } }
    #expect(isThrough.wait { $0 }, "the loop runs jobs")
  }
}

extension EventLoop {
  /// Runs turns in this thread until the condition holds; an issue is recorded when it takes too long.
  func turns(
    until condition: () -> Bool, atMost limit: Duration = .seconds(20),
    _ location: SourceLocation = #_sourceLocation
  ) {
    let isLate = Box(false)
    let guardian = addTimeout(.every(limit)) { _ in isLate.change { $0 = true } }
    while !condition(), !isLate.current { runOnce() }
    removeTimeout(guardian)
    #expect(condition(), "within \(limit)", sourceLocation: location)
  }

  /// Runs one turn that does not wait, since there is a job to do.
  func turnWithoutWaiting() {
    submit {}
    runOnce()
  }
}
