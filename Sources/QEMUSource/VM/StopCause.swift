// SPDX-License-Identifier: Apache-2.0
// Why a machine stopped: what the facts say together.

package import EventModel
package import Hub

/// Why the process of a machine ended.
package enum StopCause: String, CaseIterable, Sendable {
  /// The guest shut itself down.
  case guestShutdown = "guest-shutdown"
  /// The guest was reset, and QEMU was told to end then.
  case guestReset = "guest-reset"
  /// The guest panicked, and QEMU was told to end then.
  case guestPanic = "guest-panic"
  /// Someone told QEMU to quit through a monitor.
  case qmpQuit = "qmp-quit"
  /// Someone reset the machine through a monitor, and QEMU was told to end then.
  case hostReset = "host-reset"
  /// A signal that asks for the end: TERM, INT, HUP, KILL.
  case hostSignal = "host-signal"
  /// The window of the machine was closed.
  case hostUI = "host-ui"
  /// The kernel ended the process because memory ran out.
  case oomKill = "oom-kill"
  /// A signal of a fault: the program crashed.
  case crash
  /// QEMU gave up with an error.
  case hostError = "host-error"
  /// The machine goes on elsewhere.
  case migratedAway = "migrated-away"
  /// The host was started anew while nobody looked, whatever ended it.
  case hostReboot = "host-reboot"
  /// The facts do not say.
  case unknown

  /// The event that tells of it, and how loud: an end that nobody asked for is an error.
  package var grade: EventGrade {
    switch self {
    case .crash, .oomKill, .hostError, .guestPanic: EventGrade(.vmStoppedByFault)
    case .hostReboot, .unknown: EventGrade(.vmStoppedUnexplained)
    case .guestShutdown, .guestReset, .qmpQuit, .hostReset, .hostSignal, .hostUI, .migratedAway: EventGrade(.vmStopped)
    }
  }
}

/// The facts about the end of one machine, as they were gathered.
package struct StopFacts: Hashable, Sendable {
  /// The reason in the last `SHUTDOWN`, by its QEMU name; empty where QEMU gave none.
  package var shutdownReason: String?
  /// Whether that `SHUTDOWN` said the guest asked for it.
  package var shutdownByGuest = false
  /// The state before the end.
  package var lastState: VMState = .unknown
  /// Whether the guest panicked in its last run.
  package var panicked = false
  /// The state of the last outgoing migration, by its QEMU name.
  package var migration: String?
  /// How the process ended; `nil` where the kernel does not tell.
  package var exit: ProcessExit?
  /// Who told that.
  package var exitWitness = "pidfd"
  /// How many processes the memory control group of the machine lost to the out-of-memory killer; `nil` where nothing counts.
  package var outOfMemoryKills: UInt64?
  /// What the service manager says about the unit of the machine; `nil` where there is none, or it does not say.
  package var unit: UnitEnd?

  /// What is known of the time in which it ended, where the hub was down then.
  package var absence: HubAbsence?

  /// No facts yet.
  package init() {}

  /// The cause, how loud it is told, and the facts that lead to it, each with where it came from.
  package func conclude() -> (cause: StopCause, grade: EventGrade, evidence: [String]) {
    let cause = cause
    // A host that was shut down in good order did what it was told.
    let isWanted = cause == .hostReboot && absence?.reboot?.isOrderly ?? false
    return (cause, isWanted ? EventGrade(.vmStopped) : cause.grade, evidence)
  }

  /// How the process ended, by whoever knows: a service manager hears it as the parent.
  package var ending: ProcessExit? { exit ?? unit?.exit }

  private var cause: StopCause {
    if isOutOfMemory { return .oomKill }
    // The manager's watchdog ends a program that stands still by the signal of a fault.
    if unit?.result == "watchdog", case .signalled? = ending { return .hostSignal }
    // A fault outweighs what QEMU was about to do.
    if case .signalled(let signal)? = ending, Self.faults.contains(signal) { return .crash }
    if ending == nil, unit?.result == "core-dump" { return .crash }
    if lastState == .postmigrate || migration == "completed" { return .migratedAway }
    if let reason = shutdownReason { return Self.cause(of: reason, byGuest: shutdownByGuest) }
    switch ending {
    case .signalled: return .hostSignal
    case .exited(let code): return code == 0 ? .unknown : .hostError
    case nil: return unit.map(Self.cause(of:)) ?? (absence?.reboot == nil ? .unknown : .hostReboot)
    }
  }

  /// Whether memory ran out: the kernel counted it, or the manager ended the unit for it.
  ///
  /// The manager ends all of a unit when the kernel killed one process of it, and its own daemon kills before the
  /// kernel must; neither is counted as a kill of this process.
  private var isOutOfMemory: Bool {
    if let outOfMemoryKills, outOfMemoryKills > 0, ending == nil || ending == .signalled(9) { return true }
    guard unit?.result == "oom-kill" else { return false }
    switch ending {
    case nil, .signalled(9)?, .signalled(15)?: return true
    case .exited?: return shutdownReason == "host-signal"
    case .signalled?: return false
    }
  }

  /// What the result of a unit says alone.
  private static func cause(of unit: UnitEnd) -> StopCause {
    switch unit.result {
    case "exit-code": .hostError
    case "signal", "timeout", "watchdog": .hostSignal
    default: .unknown
    }
  }

  private static func cause(of reason: String, byGuest: Bool) -> StopCause {
    switch reason {
    case "guest-shutdown": .guestShutdown
    case "guest-reset", "subsystem-reset": .guestReset
    case "guest-panic": .guestPanic
    case "host-qmp-quit": .qmpQuit
    case "host-qmp-system-reset", "snapshot-load": .hostReset
    case "host-signal": .hostSignal
    case "host-ui": .hostUI
    case "host-error": .hostError
    default: byGuest ? .guestShutdown : .unknown
    }
  }

  private var evidence: [String] {
    var facts: [String] = []
    if let reason = shutdownReason {
      facts.append(
        "qmp: SHUTDOWN guest=\(shutdownByGuest) reason=\(reason.isEmpty ? "not told" : reason)")
    } else if absence == nil {
      facts.append("qmp: no SHUTDOWN before the monitor closed")
    }
    if panicked { facts.append("qmp: GUEST_PANICKED before") }
    if let migration { facts.append("qmp: migration \(migration)") }
    if lastState != .unknown { facts.append("qmp: last state \(lastState.rawValue)") }
    if let exit { facts.append("\(exitWitness): \(Self.words(for: exit))") }
    if let outOfMemoryKills, outOfMemoryKills > 0 {
      facts.append("cgroup: \(outOfMemoryKills) out-of-memory kills")
    }
    if let unit {
      let exit = unit.exit.map { ", main process \(Self.words(for: $0))" } ?? ""
      facts.append("systemd: \(unit.unit) has the result \(unit.result)\(exit)")
    }
    if let absence { facts += absence.evidence }
    return facts
  }

  private static func words(for exit: ProcessExit) -> String {
    switch exit {
    case .exited(let code): "exited with code \(code)"
    case .signalled(let signal): "ended by signal \(name(of: signal))"
    }
  }

  /// The name of a signal on Linux, or its number.
  package static func name(of signal: Int32) -> String { names[signal] ?? String(signal) }

  private static let names: [Int32: String] = [
    1: "SIGHUP", 2: "SIGINT", 3: "SIGQUIT", 4: "SIGILL", 5: "SIGTRAP", 6: "SIGABRT", 7: "SIGBUS",
    8: "SIGFPE",
    9: "SIGKILL", 10: "SIGUSR1", 11: "SIGSEGV", 12: "SIGUSR2", 13: "SIGPIPE", 14: "SIGALRM",
    15: "SIGTERM",
    24: "SIGXCPU", 25: "SIGXFSZ", 31: "SIGSYS",
  ]

  /// ILL, TRAP, ABRT, BUS, FPE, SEGV, SYS.
  private static let faults: Set<Int32> = [4, 5, 6, 7, 8, 11, 31]
}
