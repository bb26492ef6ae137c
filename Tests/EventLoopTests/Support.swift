// SPDX-License-Identifier: Apache-2.0
// What the tests of the loop share: pipes, records, and waits with a deadline.

import Foundation
import Glibc
import Synchronization
import Testing

@testable import EventLoop

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
  private let handover = Atomic<Bool>(false)
  private let changed = DispatchSemaphore(value: 0)

  init(_ value: Value) { self.value = Mutex(value) }

  var current: Value { visit { $0 } }

  func change(_ body: (inout Value) -> Void) {
    visit(body)
    changed.signal()
  }

  private func visit<Result: Sendable>(_ body: (inout Value) -> Result) -> Result {
    value.withLock { value in
      // Thread sanitizer does not see how a contended `Mutex` changes hands, but it sees this.
      _ = handover.load(ordering: .acquiring)
      defer { handover.store(true, ordering: .releasing) }
      return body(&value)
    }
  }

  /// Waits until the value is as wanted; false when that takes longer than the limit.
  func wait(seconds limit: Int = 20, until isWanted: (Value) -> Bool) -> Bool {
    let deadline = DispatchTime.now() + .seconds(limit)
    while !isWanted(current) {
      if changed.wait(timeout: deadline) == .timedOut { return isWanted(current) }
    }
    return true
  }
}

/// A list of what happened, in its order.
typealias Notes = Box<[String]>

extension Box where Value == [String] {
  convenience init() { self.init([]) }

  func note(_ text: String) { change { $0.append(text) } }
}

extension Box where Value == Bool {
  func set() { change { $0 = true } }
}

/// Something that runs in a thread of its own and ends by itself.
final class Background: Sendable {
  private let isOver = Box(false)

  init(_ body: @escaping @Sendable () -> Void) {
    let isOver = isOver
    Thread.detachNewThread {
      body()
      isOver.set()
    }
  }

  /// Waits for its end.
  func join(_ location: SourceLocation = #_sourceLocation) {
    #expect(isOver.wait { $0 }, "the thread ends", sourceLocation: location)
  }
}

/// A loop that runs in a thread of its own until it is told to stop.
final class LoopThread: Sendable {
  let loop: EventLoop
  private let thread: Background

  init(_ loop: EventLoop) {
    self.loop = loop
    thread = Background { loop.run() }
  }

  /// Stops the loop and waits for its thread.
  func stop(_ location: SourceLocation = #_sourceLocation) {
    loop.stop()
    thread.join(location)
  }

  /// Waits until everything that was asked for so far was carried out.
  func drain(_ location: SourceLocation = #_sourceLocation) {
    let isThrough = Box(false)
    loop.submit { isThrough.set() }
    #expect(isThrough.wait { $0 }, "the loop runs jobs", sourceLocation: location)
  }
}

extension EventLoop {
  /// Waits until the thread that runs the loop waits itself, or is about to.
  func waitUntilAsleep(_ location: SourceLocation = #_sourceLocation) {
    let deadline = MonotonicClock.now() + 20_000_000_000
    while !isWaiting.load(ordering: .acquiring) {
      guard MonotonicClock.now() < deadline else {
        Issue.record("the loop never waits", sourceLocation: location)
        return
      }
      sched_yield()
    }
  }

  /// Runs one turn that does not wait, since there is a job to do.
  func turnWithoutWaiting() {
    submit {}
    runOnce()
  }

  /// Runs turns that do not wait until there is nothing ready and nothing due; returns how many of them there were.
  func turnsUntilQuiet() -> Int {
    var turns = 0
    while turns < 100 {
      let before = statistics
      turnWithoutWaiting()
      turns += 1
      if statistics.events == before.events && statistics.timers == before.timers { break }
    }
    return turns
  }
}

extension Pipe {
  /// A pipe whose descriptors are the test's to close.
  static func bare() -> (reader: CInt, writer: CInt) {
    let pipe = Pipe()
    return (dup(pipe.reader.rawValue), dup(pipe.writer.rawValue))
  }
}
