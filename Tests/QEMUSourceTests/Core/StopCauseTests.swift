// SPDX-License-Identifier: Apache-2.0
// Why it stopped: the facts, alone and against each other.

import EventModel
import Hub
import QEMUSource
import Testing

@Suite struct StopCauseTests {
  private func cause(_ fill: (inout StopFacts) -> Void) -> StopCause {
    var facts = StopFacts()
    fill(&facts)
    return facts.conclude().cause
  }

  @Test(arguments: [
    ("guest-shutdown", StopCause.guestShutdown), ("guest-reset", .guestReset),
    ("guest-panic", .guestPanic),
    ("host-qmp-quit", .qmpQuit), ("host-qmp-system-reset", .hostReset),
    ("host-signal", .hostSignal),
    ("host-ui", .hostUI), ("host-error", .hostError), ("subsystem-reset", .guestReset),
    ("none", .unknown),
    ("a reason of the future", .unknown),
  ])
  func `the reason of the last shutdown decides`(_ reason: String, _ expected: StopCause) {
    #expect(cause { $0.shutdownReason = reason } == expected)
    #expect(
      cause {
        $0.shutdownReason = reason
        $0.exit = .exited(code: 0)
      } == expected)
  }

  @Test func `an old QEMU that gives no reason still says who asked`() {
    #expect(
      cause {
        $0.shutdownReason = ""
        $0.shutdownByGuest = true
      } == .guestShutdown)
    #expect(cause { $0.shutdownReason = "" } == .unknown)
  }

  @Test func `without a shutdown the kernel's word decides`() {
    #expect(cause { _ in } == .unknown)
    #expect(cause { $0.exit = .signalled(9) } == .hostSignal)
    #expect(cause { $0.exit = .signalled(15) } == .hostSignal)
    #expect(cause { $0.exit = .signalled(11) } == .crash)
    #expect(cause { $0.exit = .signalled(6) } == .crash)
    #expect(cause { $0.exit = .exited(code: 1) } == .hostError)
    #expect(cause { $0.exit = .exited(code: 0) } == .unknown)
  }

  @Test func `a fault on the way out is a crash`() {
    #expect(
      cause {
        $0.shutdownReason = "host-qmp-quit"
        $0.exit = .signalled(11)
      } == .crash)
  }

  @Test func `the killer for lack of memory is named`() {
    #expect(
      cause {
        $0.exit = .signalled(9)
        $0.outOfMemoryKills = 1
      } == .oomKill)
    #expect(
      cause {
        $0.exit = .signalled(15)
        $0.outOfMemoryKills = 1
      } == .hostSignal)
    #expect(
      cause {
        $0.exit = .signalled(9)
        $0.outOfMemoryKills = 0
      } == .hostSignal)
  }

  private func unit(_ result: String, _ exit: ProcessExit? = nil) -> UnitEnd? {
    UnitName("vm.service").flatMap { UnitEnd(unit: $0, result: result, exit: exit) }
  }

  @Test(arguments: [
    ("success", StopCause.unknown), ("exit-code", .hostError), ("signal", .hostSignal), ("core-dump", .crash),
    ("timeout", .hostSignal), ("watchdog", .hostSignal), ("oom-kill", .oomKill), ("resources", .unknown),
    ("a-result-of-the-future", .unknown),
  ])
  func `where nobody else knows anything the result of the unit decides`(_ result: String, _ expected: StopCause) throws
  {
    let told = try #require(unit(result))
    #expect(cause { $0.unit = told } == expected)
  }

  @Test func `how a process ended is the manager's word where the kernel tells nobody else`() {
    #expect(cause { $0.unit = unit("exit-code", .exited(code: 1)) } == .hostError)
    #expect(cause { $0.unit = unit("success", .exited(code: 0)) } == .unknown)
    #expect(cause { $0.unit = unit("success", .signalled(15)) } == .hostSignal)
    #expect(cause { $0.unit = unit("core-dump", .signalled(11)) } == .crash)
    // The kernel's own word outweighs it.
    #expect(
      cause {
        $0.exit = .signalled(15)
        $0.unit = unit("core-dump", .signalled(11))
      } == .hostSignal)
  }

  @Test func `a unit that was ended for want of memory names that`() {
    // By the kernel; by systemd, since the kernel had killed another process of the unit; by systemd-oomd.
    for exit in [ProcessExit.signalled(9), .signalled(15), nil] {
      #expect(
        cause {
          $0.exit = exit
          $0.unit = unit("oom-kill")
        } == .oomKill)
    }
    // QEMU takes SIGTERM for a wish, and ends in good order.
    #expect(
      cause {
        $0.exit = .exited(code: 0)
        $0.shutdownReason = "host-signal"
        $0.unit = unit("oom-kill")
      } == .oomKill)
    #expect(
      cause {
        $0.exit = .exited(code: 0)
        $0.shutdownReason = "guest-shutdown"
        $0.unit = unit("oom-kill")
      } == .guestShutdown)
    #expect(
      cause {
        $0.exit = .signalled(11)
        $0.unit = unit("oom-kill")
      } == .crash)
  }

  @Test func `a program that the manager's watchdog ended did not crash`() {
    #expect(
      cause {
        $0.exit = .signalled(6)
        $0.unit = unit("watchdog")
      } == .hostSignal)
    #expect(
      cause {
        $0.exit = .signalled(6)
        $0.unit = unit("core-dump")
      } == .crash)
  }

  @Test func `what QEMU said outweighs a result that only says how`() {
    for result in ["exit-code", "signal", "timeout", "success"] {
      #expect(
        cause {
          $0.shutdownReason = "host-qmp-quit"
          $0.unit = unit(result)
        } == .qmpQuit)
    }
    #expect(
      cause {
        $0.lastState = .postmigrate
        $0.unit = unit("signal", .signalled(15))
      } == .migratedAway)
  }

  @Test func `a result is a word of systemd's kind, or none`() {
    for text in ["", "exit code", "Exit-Code", "no\nnews", String(repeating: "x", count: UnitEnd.resultLimit + 1)] {
      #expect(unit(text) == nil, "\(text)")
    }
  }

  @Test func `a machine that migrated away did not just quit`() {
    #expect(
      cause {
        $0.lastState = .postmigrate
        $0.shutdownReason = "host-qmp-quit"
      } == .migratedAway)
    #expect(
      cause {
        $0.migration = "failed"
        $0.shutdownReason = "host-qmp-quit"
      } == .qmpQuit)
  }

  @Test func `each fact says where it came from`() {
    var facts = StopFacts()
    facts.shutdownReason = "host-signal"
    facts.lastState = .running
    facts.panicked = true
    facts.exit = .signalled(15)
    facts.outOfMemoryKills = 2
    #expect(
      facts.conclude().evidence == [
        "qmp: SHUTDOWN guest=false reason=host-signal", "qmp: GUEST_PANICKED before",
        "qmp: last state running",
        "pidfd: ended by signal SIGTERM", "cgroup: 2 out-of-memory kills",
      ])
    facts.exitWitness = "proc"
    #expect(facts.conclude().evidence.contains("proc: ended by signal SIGTERM"))
    facts.unit = unit("signal", .signalled(15))
    #expect(
      facts.conclude().evidence.last
        == "systemd: vm.service has the result signal, main process ended by signal SIGTERM")
    facts.unit = unit("success")
    #expect(facts.conclude().evidence.last == "systemd: vm.service has the result success")
    #expect(StopFacts().conclude().evidence == ["qmp: no SHUTDOWN before the monitor closed"])
    #expect(StopFacts.name(of: 64) == "64")
  }

  private func absence(isOrderly: Bool?) throws -> HubAbsence {
    let former = try #require(BootID("0f3c1b1e-6d63-4ff1-a33c-8d4d6f6f8d2a"))
    let current = try #require(BootID("7c1e6f0e-9d0f-4c8e-8a53-2b1f00c0ffee"))
    let reboot = isOrderly.flatMap { HostReboot(from: former, to: current, isOrderly: $0) }
    return HubAbsence(since: Timestamp(microseconds: 1_795_317_127_000_000), reboot: reboot)
  }

  @Test func `a host that was started anew took its machines with it`() throws {
    var facts = StopFacts()
    facts.lastState = .running
    facts.absence = try absence(isOrderly: true)
    #expect(facts.conclude().cause == .hostReboot)
    #expect(facts.conclude().grade.severity == .notice)
    #expect(
      facts.conclude().evidence == [
        "qmp: last state running",
        "kernel: the host was started anew: its boot ID is 7c1e6f0e-9d0f-4c8e-8a53-2b1f00c0ffee, and was "
          + "0f3c1b1e-6d63-4ff1-a33c-8d4d6f6f8d2a",
        "hub: its last run ended in good order after 2026-11-22T03:12:07.000000Z, as when a host is shut down",
      ])
    facts.absence = try absence(isOrderly: false)
    #expect(facts.conclude().cause == .hostReboot)
    #expect(facts.conclude().grade.severity == .warning)
    #expect(
      facts.conclude().evidence.last
        == "hub: its last run broke off after 2026-11-22T03:12:07.000000Z, as when a host crashes or loses power")
    // It had gone on elsewhere before.
    facts.lastState = .postmigrate
    #expect(facts.conclude().cause == .migratedAway)
  }

  @Test func `a machine that ended while the hub was down is not said to have been silent`() throws {
    var facts = StopFacts()
    facts.absence = try absence(isOrderly: nil)
    #expect(facts.conclude().cause == .unknown)
    #expect(facts.conclude().grade.severity == .warning)
    #expect(facts.conclude().evidence == ["hub: it was down when the machine ended after 2026-11-22T03:12:07.000000Z"])
    facts.absence = HubAbsence(since: nil, reboot: nil)
    #expect(facts.conclude().evidence == ["hub: it was down when the machine ended"])
  }

  @Test func `the causes are those that the kind promises`() throws {
    let meaning = try #require(
      EventKind.vmStopped.definition.fields.first { $0.name == "cause" }?.meaning)
    for cause in StopCause.allCases {
      #expect(meaning.contains(cause.rawValue), "\(cause.rawValue)")
    }
  }

  @Test func `the severities of an end are those that the kind promises, for the causes that it names`() {
    let named = EventKind.vmStopped.exceptions
    #expect(Set(StopCause.allCases.map(\.grade.severity)) == Set(EventKind.vmStopped.severities))
    for cause in StopCause.allCases {
      #expect(cause.grade.kind == .vmStopped)
      let exception = named.first {
        $0.condition.split(whereSeparator: " ,".contains).contains(Substring(cause.rawValue))
      }
      #expect(cause.grade.severity == exception?.severity ?? EventKind.vmStopped.severity, "\(cause.rawValue)")
    }
  }
}
