// SPDX-License-Identifier: Apache-2.0
// Handles on real descriptors: silence, reuse, hang-up.

import Foundation
import Glibc
import Testing

@testable import EventLoop

@Suite struct HandleTests {
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

  @Test func `more 4: a handle that a callback adds waits for the next turn, though its descriptor is ready`() throws {
    let loop = try EventLoop()
    let one = Pipe()
    let other = Pipe()
    let (first, second) = (one.reader.rawValue, other.reader.rawValue)
    let seen = Notes()
    loop.addHandle(first, events: .readable) { _, _, _ in
      take(first)
      seen.note("first")
      for descriptor in [first, second] {
        loop.addHandle(descriptor, events: .readable) { _, _, _ in
          take(descriptor)
          seen.note(descriptor == first ? "same" : "other")
        }
      }
      put(one.writer.rawValue)
    }
    one.write()
    other.write()
    loop.runOnce()
    #expect(seen.current == ["first"])
    loop.runOnce()
    #expect(seen.current.dropFirst().sorted() == ["first", "other", "same"])
  }

  @Test func `more 5: a number that is used again inside a callback does not inherit readiness`() throws {
    let loop = try EventLoop()
    let victim = Pipe.bare()
    let trigger = Pipe()
    let fresh = Pipe()
    let (triggerReader, freshReader) = (trigger.reader.rawValue, fresh.reader.rawValue)
    let seen = Notes()
    let victimID = Box<HandleID?>(nil)
    // Whichever is called first replaces the victim, while the kernel has reported both.
    let replace: @Sendable () -> Void = {
      guard let id = victimID.current else { return }
      victimID.change { $0 = nil }
      loop.removeHandle(id)
      // Closes the number and uses it again, at once, since other tests open descriptors too.
      #expect(dup2(freshReader, victim.reader) == victim.reader)
      loop.addHandle(victim.reader, events: .readable) { _, descriptor, _ in
        take(descriptor)
        seen.note("fresh")
      }
    }
    loop.addHandle(triggerReader, events: .readable) { _, descriptor, _ in
      take(descriptor)
      replace()
    }
    let id = loop.addHandle(victim.reader, events: .readable) { _, _, _ in replace() }
    victimID.change { $0 = id }
    trigger.write()
    put(victim.writer)
    loop.runOnce()
    _ = loop.turnsUntilQuiet()
    #expect(seen.current == [])
    fresh.write()
    loop.runOnce()
    #expect(seen.current == ["fresh"], "the new registration works")
    close(victim.reader)
    close(victim.writer)
  }

  @Test func `more 6: a handle that silences itself is not called, not even for a hang-up, until it listens again`()
    throws
  {
    let loop = try EventLoop()
    let pair = SocketPair()
    let seen = Notes()
    let id = loop.addHandle(pair.near.rawValue, events: .readable) { id, _, events in
      seen.note("\(events)")
      loop.updateHandle(id, events: [])
    }
    put(pair.far.rawValue)
    loop.runOnce()
    loop.turnWithoutWaiting()
    #expect(seen.current == ["readable"])
    #expect(shutdown(pair.far.rawValue, CInt(SHUT_RDWR)) == 0)
    #expect(loop.turnsUntilQuiet() == 1, "a hang-up that nobody wants does not keep the loop busy")
    loop.updateHandle(id, events: .readable)
    loop.runOnce()
    #expect(seen.current == ["readable", "readable|hangup"])
  }

  @Test func `a handle that an earlier callback silences is not called, not even for a hang-up`() throws {
    let loop = try EventLoop()
    let pairs = [Pipe.bare(), Pipe.bare()]
    let seen = Notes()
    let ids = Box<[HandleID]>([])
    for number in 0...1 {
      let id = loop.addHandle(pairs[number].reader, events: .readable) { id, _, events in
        seen.note("\(events)")
        loop.removeHandle(id)
        loop.updateHandle(ids.current[1 - number], events: [])
      }
      ids.change { $0.append(id) }
    }
    for pair in pairs { close(pair.writer) }
    loop.runOnce()
    #expect(loop.turnsUntilQuiet() == 1)
    #expect(seen.current == ["hangup"])
    for pair in pairs { close(pair.reader) }
  }

  @Test func `more 7: the end of the peer arrives as readable and hang-up`() throws {
    let loop = try EventLoop()
    let pair = SocketPair()
    let seen = Notes()
    loop.addHandle(pair.near.rawValue, events: .readable) { id, _, events in
      seen.note("\(events)")
      loop.removeHandle(id)
    }
    close(pair.far.release())
    loop.runOnce()
    #expect(seen.current == ["readable|hangup"])
  }

  @Test func `errors and hang-ups arrive unasked`() throws {
    let loop = try EventLoop()
    let pipe = Pipe()
    let seen = Notes()
    loop.addHandle(pipe.writer.rawValue, events: .writable) { id, _, events in
      seen.note("\(events)")
      loop.removeHandle(id)
    }
    close(pipe.reader.release())
    loop.runOnce()
    #expect(seen.current == ["writable|error"])
  }

  @Test func `a descriptor that was closed too early, while a copy lives, does not keep the loop busy`() throws {
    let loop = try EventLoop()
    let ghost = Pipe.bare()
    let copy = dup(ghost.reader)
    let other = Pipe()
    let seen = Notes()
    let id = loop.addHandle(ghost.reader, events: .readable) { _, _, _ in seen.note("ghost") }
    loop.addHandle(other.reader.rawValue, events: .readable) { _, descriptor, _ in
      take(descriptor)
      seen.note("other")
    }
    loop.turnWithoutWaiting()
    // The kernel's registration belongs to what the copy keeps open, and no number leads to it any more.
    close(ghost.reader)
    loop.removeHandle(id)
    put(ghost.writer)
    other.write()
    loop.runOnce()
    _ = loop.turnsUntilQuiet()
    other.write()
    loop.runOnce()
    #expect(seen.current == ["other", "other"])
    // Nothing is ready: the next wait lasts until somebody ends it.
    let turns = loop.statistics.turns
    let turn = Background { loop.runOnce() }
    loop.waitUntilAsleep()
    loop.stop()
    turn.join()
    #expect(loop.statistics.turns == turns + 1)
    close(copy)
    close(ghost.writer)
  }

  @Test func `a handle that comes and goes within a turn never reaches the kernel`() throws {
    let loop = try EventLoop()
    let pipe = Pipe()
    pipe.write()
    let called = Box(false)
    loop.submit {
      for _ in 1...1000 {
        loop.removeHandle(loop.addHandle(pipe.reader.rawValue, events: .readable) { _, _, _ in called.set() })
      }
    }
    loop.runOnce()
    loop.turnWithoutWaiting()
    #expect(!called.current)
  }

  @Test func `ten thousand idle handles do not disturb one that is ready`() throws {
    let loop = try EventLoop()
    var limit = rlimit()
    unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    let idle = Pipe()
    let copies = (0..<min(10_000, Int(limit.rlim_cur) / 2)).map { _ in dup(idle.reader.rawValue) }
    defer { for descriptor in copies { close(descriptor) } }
    let seen = Notes()
    for descriptor in copies {
      loop.addHandle(descriptor, events: .readable) { _, _, _ in seen.note("idle") }
    }
    let busy = Pipe()
    loop.addHandle(busy.reader.rawValue, events: .readable) { _, descriptor, _ in
      take(descriptor)
      seen.note("busy")
    }
    for round in 1...3 {
      busy.write()
      loop.runOnce()
      #expect(seen.current == Array(repeating: "busy", count: round))
    }
    #expect(loop.statistics.events == 3)
  }
}
