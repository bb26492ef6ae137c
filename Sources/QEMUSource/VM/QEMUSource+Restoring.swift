// SPDX-License-Identifier: Apache-2.0
// Machines that the hub knew before it began.

import EventLoop
import EventModel
import Hub

extension QEMUSource {
  /// How the names of this source's objects begin.
  private static let sourcePrefixes = ["qmp-", "qmp:", "agent-", "agent:"]

  /// Takes up the machines that the hub knew before it began.
  ///
  /// One whose process lives is waited for; one whose process is gone stopped while nobody looked. Where the host was started anew
  /// all are gone, whatever has their numbers now.
  func takeUpRestored() {
    let now = MonotonicTime.now()
    for object in hub.restored where object.subject.category == .vm {
      let identity = VMIdentity(uuid: object[.uuid]?.string, name: object.name, process: nil)
      let state = VMState(rawValue: object.state) ?? .unknown
      let machine = Machine(
        object.subject, identity: identity, state: state, isRequested: false, limits: options.limits, now: now)
      machines[object.subject] = machine
      guard state != .stopped else {
        scheduleForgetting(machine)
        continue
      }
      update(machine.subject, [.monitorState: "lost", .agentState: "unknown"])
      lookForProcess(of: machine, object)
    }
    for object in hub.restored where object.subject.category == .source {
      guard Self.sourcePrefixes.contains(where: object.subject.key.hasPrefix) else { continue }
      removeObject(object.subject)
    }
  }

  private func lookForProcess(of machine: Machine, _ object: HubObject) {
    let number = object[.processID]?.uint ?? 0
    // One that was never seen to run, as a monitor that an administrator named, cannot have ended.
    guard hub.reboot == nil || number == 0 && machine.state.state == .unknown else {
      return endedUnseen(machine, object)
    }
    let process = Int32(exactly: number).flatMap(PeerProcess.init(id:))
    let began = object[.startTime]?.uint ?? 0
    if let process, ProcFile.isSameStart(began, ProcFile.startTime(ticks: process.identity.startTicks)) {
      watchProcess(process, of: machine)
      awaitMonitor(machine)
    } else if number != 0 {
      endedUnseen(machine, object)
    } else {
      awaitMonitor(machine)
    }
  }

  /// A machine ended while the hub was down: the host's service manager may know how.
  private func endedUnseen(_ machine: Machine, _ object: HubObject) {
    machine.facts.absence = HubAbsence(since: hub.lastRecorded, reboot: hub.reboot)
    if let question = question(about: object) { ask(question, about: machine) }
    stopped(machine)
  }

  /// What the service manager can be asked about the end of a machine that nobody saw; `nil` if it cannot know.
  private func question(about object: HubObject) -> UnitQuestion? {
    // Only what was seen to live until the newest event is known to have lived so long. What was started anew has forgotten all.
    guard hub.reboot == nil, object[.monitorState] != "lost", let seen = hub.lastRecorded,
      let process = object[.processID]?.uint.flatMap({ Int32(exactly: $0) }), process > 0,
      let unit = object[.unit]?.string.flatMap(UnitName.init)
    else { return nil }
    let age = Timestamp.now().microseconds.subtractingReportingOverflow(seen.microseconds)
    return age.overflow ? nil : UnitQuestion(unit: unit, process: process, age: .microseconds(age.partialValue))
  }
}
