// SPDX-License-Identifier: Apache-2.0
// Descriptors with one owner.

import Glibc
import Testing

@testable import EventLoop

/// Whether the other end of a pipe is gone.
private func isHungUp(_ reader: CInt) -> Bool {
  var poll = pollfd(fd: reader, events: Int16(POLLIN), revents: 0)
  return unsafe Glibc.poll(&poll, 1, 0) == 1 && poll.revents & Int16(POLLHUP) != 0
}

@Suite struct OwnedDescriptorTests {
  @Test func `a descriptor is closed when its owner lets go of it`() {
    let ends = Pipe.bare()
    defer { close(ends.reader) }
    do {
      let owned = OwnedDescriptor(adopting: ends.writer)
      #expect(owned.rawValue == ends.writer)
      #expect(!isHungUp(ends.reader))
    }
    #expect(isHungUp(ends.reader))
  }

  @Test func `closing says how it went, and is final`() throws {
    let ends = Pipe.bare()
    defer { close(ends.reader) }
    let owned = OwnedDescriptor(adopting: ends.writer)
    try owned.close()
    #expect(isHungUp(ends.reader))
    // A number that no open descriptor has.
    let error = #expect(throws: LoopError.self) { try OwnedDescriptor(adopting: CInt.max).close() }
    #expect(error?.operation == .close)
    #expect(error?.errorNumber == EBADF)
    #expect(error.map { "\($0)" } == "close: error 9")
  }

  @Test func `a released descriptor stays open`() {
    let ends = Pipe.bare()
    defer { close(ends.reader) }
    let number: CInt
    do {
      let owned = OwnedDescriptor(adopting: ends.writer)
      number = owned.release()
    }
    #expect(number == ends.writer)
    #expect(!isHungUp(ends.reader))
    close(number)
    #expect(isHungUp(ends.reader))
  }
}
