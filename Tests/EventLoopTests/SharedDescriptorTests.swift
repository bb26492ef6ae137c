// SPDX-License-Identifier: Apache-2.0
// Several handles on one descriptor.

import Testing

@testable import EventLoop

@Suite struct SharedDescriptorTests {
  @Test func `more 1: two handles read one descriptor, and both are called once`() throws {
    let loop = try EventLoop()
    let pipe = Pipe()
    let seen = Notes()
    for name in ["first", "second"] {
      loop.addHandle(pipe.reader.rawValue, events: .readable) { _, descriptor, _ in
        seen.note("\(name) \(take(descriptor) ? "read" : "found nothing")")
      }
    }
    pipe.write()
    loop.runOnce()
    #expect(seen.current == ["first read", "second found nothing"])
  }

  @Test func `more 2: a reader and a writer of one descriptor hear their own events`() throws {
    let loop = try EventLoop()
    let pair = SocketPair()
    let seen = Notes()
    loop.addHandle(pair.near.rawValue, events: .readable) { _, descriptor, events in
      take(descriptor)
      seen.note("reader \(events)")
    }
    let writer = loop.addHandle(pair.near.rawValue, events: .writable) { _, _, events in seen.note("writer \(events)") }
    loop.runOnce()
    #expect(seen.current == ["writer writable"], "the writer alone")
    put(pair.far.rawValue)
    loop.runOnce()
    #expect(seen.current.dropFirst() == ["reader readable", "writer writable"], "both")
    loop.updateHandle(writer, events: [])
    put(pair.far.rawValue)
    loop.runOnce()
    #expect(seen.current.dropFirst(3) == ["reader readable"], "the reader alone")
  }

  @Test func `more 3: a handle removes another one of the same descriptor`() throws {
    let loop = try EventLoop()
    let pipe = Pipe()
    let seen = Notes()
    let others = Box<[HandleID]>([])
    loop.addHandle(pipe.reader.rawValue, events: .readable) { _, _, _ in
      seen.note("first")
      for other in others.current { loop.removeHandle(other) }
      others.change { $0 = [] }
    }
    for name in ["second", "third"] {
      let id = loop.addHandle(pipe.reader.rawValue, events: .readable) { _, _, _ in seen.note(name) }
      others.change { $0.append(id) }
    }
    pipe.write()
    loop.runOnce()
    loop.runOnce()
    #expect(seen.current == ["first", "first"])
  }

  @Test func `the first of several handles of a descriptor goes, and the others stay`() throws {
    let loop = try EventLoop()
    let pipe = Pipe()
    let seen = Notes()
    let ids = ["first", "second", "third"].map { name in
      loop.addHandle(pipe.reader.rawValue, events: .readable) { _, _, _ in seen.note(name) }
    }
    pipe.write()
    loop.runOnce()
    loop.removeHandle(ids[0])
    loop.runOnce()
    loop.runOnce()
    loop.removeHandle(ids[1])
    loop.runOnce()
    let thrice = ["first", "second", "third", "second", "third", "second", "third", "third"]
    #expect(seen.current == thrice)
  }
}
