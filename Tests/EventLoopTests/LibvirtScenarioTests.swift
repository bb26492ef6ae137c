// SPDX-License-Identifier: Apache-2.0
// The twelve scenarios that libvirt's own test of its event loop checks, each with descriptors and timers of its own.

import Foundation
import Testing

@testable import EventLoop

/// Thirty-one pipes with a handle each, and thirty-one timers that are off.
private final class Fixture: Sendable {
  static let count = 31

  let loop: EventLoop
  let readers: [CInt]
  let writers: [CInt]
  let handles = Box<[HandleID]>([])
  let timers = Box<[TimerID]>([])
  let fired = Notes()
  /// What the callback of a handle or a timer does after it was noted.
  let plan = Box<[String: @Sendable (Fixture) -> Void]>([:])

  init() throws {
    loop = try EventLoop()
    var readers: [CInt] = []
    var writers: [CInt] = []
    for _ in 0..<Self.count {
      let pipe = Pipe()
      // The fixture closes them.
      readers.append(dup(pipe.reader.rawValue))
      writers.append(dup(pipe.writer.rawValue))
    }
    self.readers = readers
    self.writers = writers
    for number in 0..<Self.count {
      let handle = loop.addHandle(readers[number], events: .readable) { [unowned self] id, descriptor, events in
        #expect(id == self.handles.current[number])
        #expect(descriptor == self.readers[number])
        #expect(events == .readable)
        #expect(take(descriptor), "the byte is there")
        self.note("handle \(number)")
      }
      let timer = loop.addTimeout(.off) { [unowned self] id in
        #expect(id == self.timers.current[number])
        self.note("timer \(number)")
      }
      handles.change { $0.append(handle) }
      timers.change { $0.append(timer) }
    }
  }

  deinit {
    for descriptor in readers + writers { close(descriptor) }
  }

  private func note(_ what: String) {
    fired.note(what)
    plan.current[what]?(self)
  }

  func write(_ number: Int) { put(writers[number]) }

  @discardableResult func removeHandle(_ number: Int) -> Bool { loop.removeHandle(handles.current[number]) }

  @discardableResult func removeTimer(_ number: Int) -> Bool { loop.removeTimeout(timers.current[number]) }

  func arm(_ number: Int, milliseconds: Int) {
    loop.updateTimeout(timers.current[number], interval: TimerInterval(milliseconds: milliseconds))
  }

  func when(_ what: String, _ action: @escaping @Sendable (Fixture) -> Void) {
    plan.change { $0[what] = action }
  }
}

@Suite struct LibvirtScenarioTests {
  @Test func `scenario 1: one byte wakes the handle of its pipe and nothing else`() throws {
    let fixture = try Fixture()
    fixture.write(1)
    fixture.loop.runOnce()
    #expect(fixture.fired.current == ["handle 1"])
  }

  @Test func `scenario 2: a handle that was removed before the wait is not called`() throws {
    let fixture = try Fixture()
    #expect(fixture.removeHandle(0))
    fixture.write(0)
    fixture.write(1)
    fixture.loop.runOnce()
    #expect(fixture.fired.current == ["handle 1"])
  }

  @Test func `scenario 3: the removal of a handle by another thread ends the wait and calls nothing`() throws {
    let fixture = try Fixture()
    let turn = Background { fixture.loop.runOnce() }
    fixture.loop.waitUntilAsleep()
    #expect(fixture.removeHandle(1))
    turn.join()
    #expect(fixture.fired.current == [])
  }

  @Test func `scenario 4: a ready handle that an earlier callback removes is not called`() throws {
    let fixture = try Fixture()
    for (one, other) in [(2, 3), (3, 2)] {
      fixture.when("handle \(one)") { $0.removeHandle(other) }
    }
    fixture.write(2)
    fixture.write(3)
    fixture.loop.runOnce()
    fixture.loop.turnWithoutWaiting()
    #expect(fixture.fired.current.count == 1, "whichever was first removed the other one")
  }

  @Test func `scenario 5: a handle removes itself in its callback`() throws {
    let fixture = try Fixture()
    fixture.when("handle 2") { $0.removeHandle(2) }
    fixture.write(2)
    fixture.loop.runOnce()
    fixture.write(2)
    fixture.loop.turnWithoutWaiting()
    #expect(fixture.fired.current == ["handle 2"])
  }

  @Test func `scenario 6: one turn is enough for a timer to fire`() throws {
    let fixture = try Fixture()
    let start = MonotonicClock.now()
    fixture.arm(1, milliseconds: 100)
    fixture.loop.runOnce()
    #expect(fixture.fired.current == ["timer 1"])
    #expect(MonotonicClock.now() - start >= 100_000_000)
    fixture.arm(1, milliseconds: -1)
    fixture.loop.turnWithoutWaiting()
    #expect(fixture.fired.current == ["timer 1"])
  }

  @Test func `scenario 7: a timer that was removed before the wait does not fire`() throws {
    let fixture = try Fixture()
    fixture.arm(0, milliseconds: 50)
    fixture.arm(1, milliseconds: 100)
    #expect(fixture.removeTimer(0))
    while fixture.fired.current.isEmpty { fixture.loop.runOnce() }
    #expect(fixture.fired.current == ["timer 1"])
  }

  @Test func `scenario 8: the removal of a timer by another thread ends the wait and fires nothing`() throws {
    let fixture = try Fixture()
    let turn = Background { fixture.loop.runOnce() }
    fixture.loop.waitUntilAsleep()
    #expect(fixture.removeTimer(1))
    turn.join()
    #expect(fixture.fired.current == [])
  }

  @Test func `scenario 9: a due timer that an earlier callback removes does not fire`() throws {
    let fixture = try Fixture()
    fixture.when("timer 2") { fixture in
      fixture.removeTimer(3)
      fixture.arm(2, milliseconds: -1)
    }
    fixture.loop.submit {
      fixture.arm(2, milliseconds: 1)
      fixture.arm(3, milliseconds: 2)
      // Both are due in the next turn.
      let later = MonotonicClock.now() + 10_000_000
      while MonotonicClock.now() < later {}
    }
    fixture.loop.runOnce()
    fixture.loop.runOnce()
    fixture.loop.turnWithoutWaiting()
    #expect(fixture.fired.current == ["timer 2"])
  }

  @Test func `scenario 10: a timer removes itself in its callback`() throws {
    let fixture = try Fixture()
    fixture.when("timer 2") { $0.removeTimer(2) }
    fixture.when("timer 5") { $0.arm(5, milliseconds: -1) }
    fixture.arm(2, milliseconds: 20)
    fixture.arm(5, milliseconds: 60)
    while fixture.fired.current.count < 2 { fixture.loop.runOnce() }
    fixture.loop.turnWithoutWaiting()
    #expect(fixture.fired.current == ["timer 2", "timer 5"])
  }

  @Test func `scenario 11: the last of thirty-one handles survives the removal of all others`() throws {
    let fixture = try Fixture()
    for number in [0, 1, 2] { #expect(fixture.removeHandle(number)) }
    fixture.loop.turnWithoutWaiting()
    for number in 0..<Fixture.count - 1 {
      #expect(fixture.removeHandle(number) == (number > 2), "a second removal is refused")
      #expect(fixture.removeTimer(number))
    }
    for round in 1...4 {
      fixture.write(30)
      fixture.loop.runOnce()
      #expect(fixture.fired.current == Array(repeating: "handle 30", count: round))
    }
  }

  @Test func `scenario 12: of two handles on one descriptor only the one that wants to read is called`() throws {
    let loop = try EventLoop()
    let pipe = Pipe()
    let seen = Notes()
    let silent = loop.addHandle(pipe.reader.rawValue, events: []) { id, _, _ in seen.note("\(id)") }
    let reading = loop.addHandle(pipe.reader.rawValue, events: .readable) { id, descriptor, _ in
      take(descriptor)
      seen.note("\(id)")
    }
    pipe.write()
    loop.runOnce()
    loop.turnWithoutWaiting()
    #expect(silent != reading)
    #expect(seen.current == ["\(reading)"])
  }
}
