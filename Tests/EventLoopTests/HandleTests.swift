// SPDX-License-Identifier: Apache-2.0
// Handles on real descriptors.

import EventLoop
import Testing

@Suite struct HandleTests {
  @Test func `a ready descriptor calls its handle and no other`() throws {
    let loop = try EventLoop()
    let quiet = Pipe()
    let busy = Pipe()
    let seen = Box()
    loop.addHandle(quiet.reader.rawValue, events: .readable) { _, _, _ in seen.note("quiet") }
    let id = loop.addHandle(busy.reader.rawValue, events: .readable) { id, descriptor, events in
      take(descriptor)
      seen.note("\(id) \(events)")
    }
    busy.write()
    loop.runOnce()
    #expect(seen.current == ["\(id) readable"])
  }

  @Test func `tokens start at 1 and are never used twice`() throws {
    let loop = try EventLoop()
    let pipe = Pipe()
    var seen: Set<HandleID> = []
    let first = loop.addHandle(pipe.reader.rawValue, events: []) { _, _, _ in }
    #expect(first.rawValue == 1)
    #expect(loop.addTimeout(.off) { _ in }.rawValue == 1)
    for _ in 1...100 {
      let id = loop.addHandle(pipe.reader.rawValue, events: []) { _, _, _ in }
      #expect(seen.insert(id).inserted)
      #expect(loop.removeHandle(id))
      #expect(!loop.removeHandle(id))
      loop.runOnce()
    }
  }

  @Test func `two handles on one descriptor hear their own events`() throws {
    let loop = try EventLoop()
    let pair = SocketPair()
    let seen = Box()
    loop.addHandle(pair.near.rawValue, events: .readable) { _, descriptor, events in
      take(descriptor)
      seen.note("reader \(events)")
    }
    let writer = loop.addHandle(pair.near.rawValue, events: .writable) { _, _, events in seen.note("writer \(events)") }
    loop.runOnce()
    #expect(seen.current == ["writer writable"])
    put(pair.far.rawValue)
    loop.runOnce()
    #expect(seen.current == ["writer writable", "reader readable", "writer writable"])
    loop.updateHandle(writer, events: [])
    put(pair.far.rawValue)
    loop.runOnce()
    #expect(seen.current.suffix(1) == ["reader readable"])
  }

  @Test func `a descriptor that the kernel refuses reports an error once`() throws {
    let loop = try EventLoop()
    let seen = Box()
    for number: CInt in [-1, 1_000_000_000, CInt.max] {
      loop.addHandle(number, events: .readable) { _, descriptor, events in seen.note("\(descriptor) \(events)") }
    }
    loop.runOnce()
    loop.turnWithoutWaiting()
    #expect(seen.current == ["-1 error", "1000000000 error", "\(CInt.max) error"])
  }

  @Test func `a free callback runs once, after the callback that removed its handle`() throws {
    let loop = try EventLoop()
    let pipe = Pipe()
    let seen = Box()
    loop.addHandle(
      pipe.reader.rawValue, events: .readable, free: { seen.note("free") },
      callback: { id, _, _ in
        loop.removeHandle(id)
        seen.note("called")
      })
    pipe.write()
    loop.runOnce()
    loop.turnWithoutWaiting()
    #expect(seen.current == ["called", "free"])
  }
}
