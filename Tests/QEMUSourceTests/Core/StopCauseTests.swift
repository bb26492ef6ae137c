// SPDX-License-Identifier: Apache-2.0
// Why it stopped: the facts, alone and against each other.

import EventModel
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
    #expect(StopFacts().conclude().evidence == ["qmp: no SHUTDOWN before the monitor closed"])
    #expect(StopFacts.name(of: 64) == "64")
  }

  @Test func `the causes are those that the kind promises`() throws {
    let meaning = try #require(
      EventKind.vmStopped.definition.fields.first { $0.name == "cause" }?.meaning)
    for cause in StopCause.allCases {
      #expect(meaning.contains(cause.rawValue), "\(cause.rawValue)")
    }
  }
}
