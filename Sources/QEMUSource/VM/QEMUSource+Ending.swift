// SPDX-License-Identifier: Apache-2.0
// The end of a machine, or of our sight of it.
//
// A monitor that closes is not the end of a machine. The kernel closes a dying QEMU's sockets before it tells that the process is
// gone, so for a moment nothing is said. Then either the process has ended, and everything known says why, or it lives, and
// the machine is unknown until its monitor is there again. Where the process is not known (another process namespace, or the
// socket was made by a manager) QEMU's own last words decide: after SHUTDOWN the machine has stopped, without it is unknown.

import EventLoop
import EventModel

extension QEMUSource {
  /// Watches the process of a machine.
  func watchProcess(_ process: PeerProcess?, of machine: Machine) {
    guard machine.process !== process else { return }
    release(machine)
    machine.process = process
    guard let process else { return }
    machineOfProcess[process.identity] = machine.subject
    let groups = ControlGroups(of: process.identity.id)
    machine.memoryGroup = groups.flatMap(MemoryGroup.init)
    machine.unit = groups?.unit(of: managerGroups)
    let subject = machine.subject
    let identity = process.identity
    machine.processHandle = loop.addHandle(process.number, events: .readable) { [self] _, _, events in
      assumeIsolated { $0.processEnded(subject, identity, isReaped: events.contains(.hangup)) }
    }
  }

  /// Stops watching the process of a machine.
  func release(_ machine: Machine) {
    if let handle = machine.processHandle { loop.removeHandle(handle) }
    machine.processHandle = nil
    if let process = machine.process { machineOfProcess[process.identity] = nil }
    machine.process = nil
    machine.memoryGroup = nil
    machine.unit = nil
    machine.inquiry = .unasked
    machine.endTime = nil
  }

  /// The process has ended.
  ///
  /// Where the kernel tells how only after the parent has taken note, it says that by a hang-up; a parent that does not is not
  /// waited for long.
  private func processEnded(_ subject: Subject, _ identity: ProcessIdentity, isReaped: Bool) {
    guard let machine = machines[subject], let process = machine.process, process.identity == identity,
      let handle = machine.processHandle
    else { return }
    machine.memoryGroup?.look()
    askForUnit(of: machine)
    guard case .notYet = process.ending, !isReaped else {
      loop.removeHandle(handle)
      machine.processHandle = nil
      return finish(machine)
    }
    // Nothing is ever written to it: from now on only the hang-up is heard.
    loop.updateHandle(handle, events: .writable)
    cancel(&machine.graceTimer)
    machine.graceTimer = after(options.limits.aftermath) { $0.finish(subject) }
  }

  private func finish(_ subject: Subject) {
    guard let machine = machines[subject] else { return }
    machine.graceTimer = nil
    if let monitor = machine.monitor, monitor.link != nil { close(monitor) }
    finish(machine)
  }

  /// The process has ended: the machine stopped, unless its last words still lie in the socket and are read in a moment.
  private func finish(_ machine: Machine) {
    guard machine.monitor?.link != nil else { return stopped(machine) }
    let subject = machine.subject
    cancel(&machine.graceTimer)
    machine.graceTimer = after(options.limits.aftermath) { $0.finish(subject) }
  }

  /// The monitor of a machine closed.
  func monitorClosed(_ machine: Machine, _ monitor: Monitor, _ why: String) {
    update(machine.subject, [.monitorState: "lost"])
    // Now, as long as the group is there: a manager removes it when its last process is gone.
    machine.memoryGroup?.look()
    if let process = machine.process, process.hasEnded {
      // If its handle is still there, the kernel has yet to tell how.
      if machine.processHandle == nil { return stopped(machine) }
      return
    }
    while let id = machine.spares.popLast() {
      guard let spare = monitors[id], spare.link != nil else { continue }
      promote(spare)
      break
    }
    let isEnding = machine.isEnding
    let subject = machine.subject
    cancel(&machine.graceTimer)
    let grace = isEnding && machine.process != nil ? options.limits.graceAfterShutdown : options.limits.grace
    machine.graceTimer = after(grace) { source in
      guard let machine = source.machines[subject] else { return }
      machine.graceTimer = nil
      // It has ended, and the loop has yet to hear of it: so late was this timer.
      if let process = machine.process, process.hasEnded, machine.processHandle != nil { return }
      if isEnding, machine.process == nil { source.stopped(machine) } else { source.becameUnknown(machine, why) }
    }
  }

  /// A monitor cannot be reached, or not be used; of its machine nothing is known now.
  func monitorUnreachable(_ machine: Machine, nobodyListens: Bool) {
    // Who decides now says it.
    guard !machine.isDeciding, !machine.isStopped, machine.state.state != .unknown else { return }
    becameUnknown(machine, nobodyListens ? "nobody listens" : "not served")
  }

  /// A monitor that stood by introduces itself again, and will serve the machine.
  private func promote(_ spare: Monitor) {
    spare.machine = nil
    guard let link = spare.link else { return }
    let now = MonotonicTime.now()
    link.introduction = Introduction()
    if spare.way == .dialled { countStranger(link.credentials.user, 1) }
    for question in Introduction.questions { link.session.send(.query(question), now: now) }
    settle(spare, now: now)
  }

  /// Nothing is known of a machine any more, and its process lives as far as anybody knows.
  private func becameUnknown(_ machine: Machine, _ why: String) {
    let now = MonotonicTime.now()
    if let monitor = machine.monitor { reportDown(monitor, why, now: now) }
    let previous = machine.state.state
    guard machine.state.correct(.unknown) else { return }
    machine.facts.lastState = previous
    machine.reason = why
    publish(
      EventDraft(
        .vmStateUnknown, subject: machine.subject, source: machine.monitor?.source ?? machine.subject, origin: .derived,
        data: ["previous": .string(previous.rawValue)], changes: [.state: "unknown", .reason: .string(why)]))
    if machine.isOutOfReach { scheduleForgetting(machine) }
  }

  /// The monitor of a machine that was known before is awaited for a while.
  func awaitMonitor(_ machine: Machine) {
    let subject = machine.subject
    machine.graceTimer = after(options.limits.graceAfterShutdown) { source in
      guard let machine = source.machines[subject] else { return }
      machine.graceTimer = nil
      if machine.monitor?.link == nil { source.becameUnknown(machine, "its monitor has not come back") }
    }
  }

  /// A stopped machine stays known for a time.
  func scheduleForgetting(_ machine: Machine) {
    cancel(&machine.forgetTimer)
    guard !machine.isRequested else { return }
    let subject = machine.subject
    let now = MonotonicTime.now()
    let since = machine.restsSince ?? now
    machine.restsSince = since
    machine.forgetTimer = after(max(.milliseconds(1), since + options.retention - now)) { source in
      guard let machine = source.machines[subject] else { return }
      machine.forgetTimer = nil
      if machine.isStopped || machine.isOutOfReach { source.forget(machine) }
    }
  }

  /// Forgets a machine, and says so.
  func forget(_ machine: Machine) {
    cancel(&machine.graceTimer)
    cancel(&machine.forgetTimer)
    cancel(&machine.floodTimer)
    cancel(&machine.passingTimer)
    release(machine)
    endAgent(of: machine)
    endWork(of: machine)
    if machineOfName[machine.identity.name] == machine.subject { machineOfName[machine.identity.name] = nil }
    machines[machine.subject] = nil
    let source = machine.monitor?.source ?? .hub
    machine.monitor?.machine = nil
    machine.monitor = nil
    for id in machine.spares { monitors[id]?.machine = nil }
    let event = EventDraft(.vmRemoved, subject: machine.subject, source: source, origin: .derived)
    removeObject(machine.subject, event: event)
  }

  /// The socket of a monitor is gone, and so is the connection.
  func socketWent(_ monitor: Monitor) {
    if let machine = monitor.machine, !machine.isStopped {
      // Its process may live; nothing but the process can say more now.
      if machine.isEnding, machine.process == nil { stopped(machine) }
      machine.monitor = nil
    }
    forget(monitor)
  }
}
