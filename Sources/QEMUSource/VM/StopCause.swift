// SPDX-License-Identifier: Apache-2.0
// Why a machine stopped: what the facts say together.

package import EventModel

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
  /// The facts do not say.
  case unknown

  /// How loud the event is: an end that nobody asked for is an error.
  package var severity: Severity {
    switch self {
    case .crash, .oomKill, .hostError, .guestPanic: .error
    case .unknown: .warning
    default: .notice
    }
  }
}

/// How the kernel says that a process ended.
package enum ProcessExit: Hashable, Sendable {
  /// It ended by itself with that code.
  case exited(code: Int32)
  /// That signal ended it.
  case signalled(Int32)
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

  /// No facts yet.
  package init() {}

  /// The cause, and the facts that lead to it, each with where it came from.
  package func conclude() -> (cause: StopCause, evidence: [String]) {
    (cause, evidence)
  }

  private var cause: StopCause {
    if let outOfMemoryKills, outOfMemoryKills > 0, exit == nil || exit == .signalled(9) {
      return .oomKill
    }
    // A fault outweighs what QEMU was about to do.
    if case .signalled(let signal)? = exit, Self.faults.contains(signal) { return .crash }
    if lastState == .postmigrate || migration == "completed" { return .migratedAway }
    if let reason = shutdownReason { return Self.cause(of: reason, byGuest: shutdownByGuest) }
    switch exit {
    case .signalled: return .hostSignal
    case .exited(let code): return code == 0 ? .unknown : .hostError
    case nil: return .unknown
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
    } else {
      facts.append("qmp: no SHUTDOWN before the monitor closed")
    }
    if panicked { facts.append("qmp: GUEST_PANICKED before") }
    if let migration { facts.append("qmp: migration \(migration)") }
    if lastState != .unknown { facts.append("qmp: last state \(lastState.rawValue)") }
    switch exit {
    case .exited(let code)?: facts.append("\(exitWitness): exited with code \(code)")
    case .signalled(let signal)?: facts.append("\(exitWitness): ended by signal \(Self.name(of: signal))")
    case nil: break
    }
    if let outOfMemoryKills, outOfMemoryKills > 0 {
      facts.append("cgroup: \(outOfMemoryKills) out-of-memory kills")
    }
    return facts
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
