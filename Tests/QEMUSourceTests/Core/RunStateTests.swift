// SPDX-License-Identifier: Apache-2.0
// Following the state of a machine through the sequences that QEMU is known to send.

import EventModel
import QEMUSource
import Testing

@Suite struct RunStateTests {
  /// Plays events and gives the state after each, with "?" where it is to be asked for.
  private func play(_ events: [(String, String?)], from state: VMState = .running) throws
    -> [String]
  {
    var machine = RunState(state)
    return try events.map { name, data in
      let row = try #require(QMPEventTable.definition(of: name))
      let outcome = machine.apply(row.effect, try event(name, data))
      return machine.state.rawValue + (outcome.changed ? "*" : "") + (outcome.mustAsk ? "?" : "")
    }
  }

  @Test func `stop and go on`() throws {
    #expect(
      try play([("STOP", nil), ("RESUME", nil), ("RESUME", nil)]) == [
        "paused*?", "running*", "running",
      ])
    #expect(try play([("RESUME", nil)], from: .prelaunch) == ["running*"])
  }

  @Test func `the reason before a stop names the state`() throws {
    #expect(
      try play([("BLOCK_IO_ERROR", #"{"action":"stop"}"#), ("STOP", nil)]) == [
        "running", "io-error*",
      ])
    #expect(
      try play([("BLOCK_IO_ERROR", #"{"action":"report"}"#), ("STOP", nil)]) == [
        "running", "paused*?",
      ])
    #expect(
      try play([("WATCHDOG", #"{"action":"pause"}"#), ("STOP", nil)]) == ["running", "watchdog*"])
    #expect(
      try play([("WATCHDOG", #"{"action":"none"}"#), ("STOP", nil)]) == ["running", "paused*?"])
    #expect(
      try play([("GUEST_PANICKED", #"{"action":"pause"}"#), ("STOP", nil)]) == [
        "running", "guest-panicked*",
      ])
    #expect(
      try play([("SHUTDOWN", #"{"guest":true}"#), ("STOP", nil)]) == ["running", "shutdown*"])
  }

  @Test func `a reason is good for one stop`() throws {
    let events: [(String, String?)] = [
      ("BLOCK_IO_ERROR", #"{"action":"stop"}"#), ("STOP", nil), ("RESUME", nil), ("STOP", nil),
    ]
    #expect(try play(events).last == "paused*?")
    let resumed: [(String, String?)] = [
      ("WATCHDOG", #"{"action":"pause"}"#), ("RESUME", nil), ("STOP", nil),
    ]
    #expect(try play(resumed).last == "paused*?")
  }

  @Test func `a disk error told late does not outlive the reset`() throws {
    let events: [(String, String?)] = [
      ("BLOCK_IO_ERROR", #"{"action":"stop"}"#), ("RESET", nil), ("STOP", nil),
    ]
    #expect(try play(events).last == "paused*?")
  }

  @Test func `a reset of a machine that does not run is asked about`() throws {
    #expect(try play([("RESET", #"{"guest":false}"#)]) == ["running"])
    #expect(try play([("RESET", #"{"guest":false}"#)], from: .guestPanicked) == ["guest-panicked?"])
  }

  @Test func `sleeping and waking`() throws {
    #expect(try play([("SUSPEND", nil), ("WAKEUP", nil)]) == ["suspended*?", "running*"])
  }

  @Test func `a stop during a migration belongs to it, and its end is asked about`() throws {
    let events: [(String, String?)] = [
      ("MIGRATION", #"{"status":"setup"}"#), ("MIGRATION", #"{"status":"active"}"#), ("STOP", nil),
      ("MIGRATION", #"{"status":"completed"}"#),
    ]
    #expect(try play(events) == ["running", "running", "finish-migrate*?", "finish-migrate?"])
    let failed: [(String, String?)] = [
      ("MIGRATION", #"{"status":"active"}"#), ("MIGRATION", #"{"status":"failed"}"#), ("STOP", nil),
    ]
    #expect(try play(failed) == ["running", "running?", "paused*?"])
  }

  @Test func `a state that QEMU leaves without a word is known as such`() throws {
    var machine = RunState(.running)
    _ = machine.apply(.migration, try event("MIGRATION", #"{"status":"active"}"#))
    _ = machine.apply(.stopped, try event("STOP", nil))
    #expect(machine.state == .finishMigrate)
    #expect(!machine.isPassing)
    _ = machine.apply(.migration, try event("MIGRATION", #"{"status":"completed"}"#))
    #expect(machine.isPassing)
    _ = machine.correct(.postmigrate)
    #expect(!machine.isPassing)
    for state in VMState.allCases where state != .finishMigrate {
      #expect(RunState(state).isPassing == [.saveVM, .restoreVM].contains(state))
    }
  }

  @Test func `a machine that was moved leaves the state that waits for it, at times without a word`() throws {
    var machine = RunState(.inmigrate)
    #expect(!machine.isPassing, "it may wait for ever")
    _ = machine.apply(.migration, try event("MIGRATION", #"{"status":"active"}"#))
    #expect(!machine.isPassing)
    let outcome = machine.apply(.migration, try event("MIGRATION", #"{"status":"completed"}"#))
    #expect(outcome.mustAsk && machine.isPassing)
    _ = machine.correct(.paused)
    #expect(!machine.isPassing)
    _ = machine.correct(.inmigrate)
    #expect(!machine.isPassing)
  }

  @Test func `an answer corrects what events could not tell`() throws {
    var machine = RunState(.paused)
    let first = machine.correct(.internalError)
    let second = machine.correct(.internalError)
    #expect(first && !second)
    #expect(machine.state == .internalError)
  }

  @Test func `the answer to query-status, whatever it says`() throws {
    #expect(
      VMState(status: try json(#"{"status":"io-error","running":false,"singlestep":false}"#))
        == .ioError)
    #expect(VMState(status: try json(#"{"status":"stopped"}"#)) == .unknown)
    #expect(VMState(status: try json(#"{"status":"a state of the future"}"#)) == .unknown)
    #expect(VMState(status: try json(#"{"status":7}"#)) == nil)
    #expect(VMState(status: try json(#"[]"#)) == nil)
  }

  @Test func `every state of QEMU has a kind`() {
    for state in VMState.allCases where state != .stopped {
      #expect(EventKind(state: state).state == state)
    }
  }
}
