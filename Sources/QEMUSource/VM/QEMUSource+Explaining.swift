// SPDX-License-Identifier: Apache-2.0
// A machine stopped, and everybody who knows something about it is heard before that is told.
//
// QEMU's last words and the kernel's are there by then. The host's service manager is asked as soon as the process has ended, often
// before it has taken note itself, so that nothing has to be waited for when all else is known.

import EventLoop
import EventModel
import Hub

extension QEMUSource {
  /// Asks the service manager what it says about the end of a machine's process, once.
  func askForUnit(of machine: Machine) {
    guard machine.inquiry == .unasked, let unit = machine.unit, let process = machine.process?.identity else { return }
    ask(UnitQuestion(unit: unit.unit, process: process.id, isUnitPopulated: unit.isPopulated), about: machine)
  }

  /// Asks the service manager, where there is one.
  func ask(_ question: UnitQuestion, about machine: Machine) {
    guard let units else { return }
    lastInquiry += 1
    let (subject, inquiry) = (machine.subject, lastInquiry)
    machine.inquiry = .asked(inquiry)
    units.ask(question) { [weak self] end in
      self?.assumeIsolated { $0.answered(end, subject, inquiry) }
    }
  }

  private func answered(_ end: UnitEnd?, _ subject: Subject, _ inquiry: UInt64) {
    // Meanwhile it may have been forgotten, or its next life may have begun.
    guard let machine = machines[subject], machine.inquiry == .asked(inquiry) else { return }
    machine.inquiry = .answered(end)
    if machine.endTime != nil { tellStopped(machine) }
  }

  /// A machine stopped: says so once, with everything that explains it, as soon as that is known.
  func stopped(_ machine: Machine) {
    guard !machine.isStopped, machine.endTime == nil else { return }
    cancel(&machine.graceTimer)
    machine.endTime = .now()
    if machine.process?.hasEnded ?? false { askForUnit(of: machine) }
    if !machine.inquiry.isOpen { tellStopped(machine) }
  }

  /// Says that a machine stopped, with what is known now.
  ///
  /// `next` is the monitor that serves its next life already, if there is one.
  func tellStopped(_ machine: Machine, next: Monitor? = nil) {
    cancel(&machine.graceTimer)
    let (cause, grade, evidence) = conclude(machine)
    _ = machine.state.correct(.stopped)
    machine.blindSince = nil
    var data: Fields = ["cause": .string(cause.rawValue), "evidence": .strings(evidence)]
    switch machine.facts.ending {
    case .exited(let code)?: data["exitCode"] = .uint(UInt64(max(0, code)))
    case .signalled(let signal)?: data["signal"] = .string(StopFacts.name(of: signal))
    case nil: break
    }
    let monitor = machine.monitor
    publish(
      EventDraft(
        grade, subject: machine.subject, source: monitor?.source ?? machine.subject,
        origin: machine.facts.absence == nil ? .derived : .resync, time: machine.endTime, data: data,
        changes: [
          .state: "stopped", .reason: .string(cause.rawValue), .processID: .uint(0), .monitorState: "gone",
          .cause: .string(cause.rawValue), .evidence: .strings(evidence), .jobs: [],
        ]))
    release(machine)
    endAgent(of: machine)
    endWork(of: machine)
    if let monitor { restAfterStop(monitor, isServing: monitor === next) }
    scheduleForgetting(machine)
  }

  /// Joins the facts about the end of a machine.
  private func conclude(_ machine: Machine) -> (cause: StopCause, grade: EventGrade, evidence: [String]) {
    let previous = machine.state.state
    if previous != .unknown { machine.facts.lastState = previous }
    if case .known(let exit, let witness)? = machine.process?.ending {
      machine.facts.exit = exit
      machine.facts.exitWitness = witness
    }
    machine.memoryGroup?.look()
    machine.facts.outOfMemoryKills = machine.memoryGroup?.kills
    if case .answered(let end) = machine.inquiry { machine.facts.unit = end }
    return machine.facts.conclude()
  }

  /// The monitor of a machine that stopped: one that dialled is gone, one that we dial may come again.
  private func restAfterStop(_ monitor: Monitor, isServing: Bool) {
    if let source = monitor.source { update(source, [.state: "down"]) }
    switch monitor.way {
    case .dialled: forget(monitor)
    case .directory, .requested:
      monitor.downSince = nil
      monitor.isDownTold = false
      monitor.wasUp = false
      guard !isServing else { return }
      close(monitor)
      retry(monitor)
    }
  }
}
