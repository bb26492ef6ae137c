// SPDX-License-Identifier: Apache-2.0
// A monitor begins to serve a machine, for the first time or again.

import EventLoop
import EventModel
import Hub

extension QEMUSource {
  /// Makes a monitor the one that serves a machine.
  ///
  /// QEMU sends events and answers in the order in which they come about. So what it sent before it answered for its
  /// state is taken first, then the answer corrects what events could not tell, then follows what was sent since.
  func adopt(
    _ monitor: Monitor, by machine: Machine, _ identity: VMIdentity, _ introduction: Introduction,
    _ link: MonitorLink, _ process: PeerProcess?, isNew: Bool, now: MonotonicTime
  ) {
    // Its next life began before the end of the one before was told, which may have been one that nobody saw.
    let isEndOpen =
      machine.process.map { $0.identity != process?.identity && $0.hasEnded } ?? (machine.endTime != nil)
    if isEndOpen { tellStopped(machine, next: monitor) }
    let isRestart =
      machine.isStopped || (process != nil && machine.process.map { $0.identity != process?.identity } ?? false)
    if let old = machine.monitor, old !== monitor { replace(old, by: monitor) }
    cancel(&machine.graceTimer)
    cancel(&machine.forgetTimer)
    machine.restsSince = nil
    machine.monitor = monitor
    machine.identity = identity
    monitor.machine = machine
    if monitor.source == nil { monitor.source = addSource("qmp:\(machine.subject.key)", state: "connecting") }
    watchProcess(process, of: machine)
    if isRestart {
      machine.facts = StopFacts()
      // What the process before announced ended with it.
      machine.state = RunState(machine.state.state)
      machine.snapshot = nil
      endAgent(of: machine)
      endWork(of: machine)
    }
    reportUp(monitor, now: now)
    let properties = properties(of: machine, monitor, introduction)
    if isNew, object(machine.subject) == nil {
      introduceObject(machine, monitor, properties)
    } else {
      update(machine.subject, properties)
    }
    tellGap(machine, monitor, isRestart: isRestart)
    play(introduction.held.filter { !$0.isAfterState }.map(\.event), to: machine, monitor, link, now: now)
    let before = machine.state.state
    if let state = introduction.state { enter(state, machine, monitor, origin: .resync) }
    lookForDump(machine, now: now)
    machine.stateDifferences = machine.state.state == before ? 0 : 1
    play(introduction.held.filter(\.isAfterState).map(\.event), to: machine, monitor, link, now: now)
    beginResync(monitor, now: now)
    if !machine.identity.name.isEmpty { machineOfName[machine.identity.name] = machine.subject }
    beginAgent(of: machine)
  }

  /// Takes events that were held while QEMU introduced itself.
  private func play(
    _ events: [QMPEvent], to machine: Machine, _ monitor: Monitor, _ link: MonitorLink, now: MonotonicTime
  ) {
    for event in events where monitor.link === link { handle(event, of: machine, monitor, link, now: now) }
  }

  private func properties(of machine: Machine, _ monitor: Monitor, _ introduction: Introduction) -> PropertyChanges {
    var changes: PropertyChanges = [
      .name: .string(machine.identity.label), .uuid: .string(machine.identity.uuid), .monitorState: "connected",
      .cause: "", .evidence: [],
    ]
    if let version = introduction.greeting?.version { changes[.qemuVersion] = .string(version.description) }
    if let process = machine.process?.identity {
      changes[.processID] = .uint(UInt64(process.id))
      changes[.startTime] = startTime(of: machine, process)
      changes[.unit] = .string(machine.unit?.unit.rawValue ?? "")
    }
    return changes
  }

  /// When a process began, by the wall clock.
  ///
  /// It is reckoned from the time that the host is up, so it is a little different each
  /// time: the one that was told first stays.
  private func startTime(of machine: Machine, _ process: ProcessIdentity) -> Value {
    let reckoned = ProcFile.startTime(ticks: process.startTicks)
    guard let told = object(machine.subject)?[.startTime]?.uint, ProcFile.isSameStart(told, reckoned) else {
      return .uint(reckoned.unsigned)
    }
    return .uint(told)
  }

  private func introduceObject(_ machine: Machine, _ monitor: Monitor, _ properties: PropertyChanges) {
    var object = HubObject(machine.subject, properties)
    object.set(.state, .string(machine.state.state.rawValue))
    object.set(.monitorPath, .string(monitor.way.path ?? ""))
    object.set(.agentState, "unknown")
    var data: Fields = ["monitor": .string(monitor.way.word)]
    if let process = machine.process?.identity { data["processID"] = .uint(UInt64(process.id)) }
    let event = EventDraft(.vmAdded, subject: machine.subject, source: monitor.source ?? machine.subject, data: data)
    add(object, event: event)
  }

  /// Says from when to when the machine was not seen.
  private func tellGap(_ machine: Machine, _ monitor: Monitor, isRestart: Bool) {
    guard let since = machine.blindSince else { return }
    machine.blindSince = nil
    // A new process had no events that could have been missed before it was there.
    guard !isRestart else { return }
    publish(
      EventDraft(
        .hubGap, subject: machine.subject, source: monitor.source ?? machine.subject, origin: .derived,
        data: ["from": .string(since.rfc3339), "to": .string(Timestamp.now().rfc3339), "reason": "monitor-down"]))
  }

  /// Lets go of the monitor that served a machine before; when QEMU dialled again, it is the same one to the world.
  private func replace(_ old: Monitor, by monitor: Monitor) {
    old.machine = nil
    guard old.way == .dialled else {
      close(old)
      return retry(old)
    }
    if monitor.way == .dialled {
      if let own = monitor.source { removeObject(own) }
      monitor.source = old.source
      monitor.wasUp = old.wasUp
      monitor.downSince = old.downSince
      old.source = nil
    }
    forget(old)
  }

  /// Publishes that a machine is in a state that an answer told, unless that is known.
  func enter(_ state: VMState, _ machine: Machine, _ monitor: Monitor, origin: Origin) {
    let previous = machine.state.state
    guard machine.state.correct(state) else { return }
    machine.reason = ""
    publish(
      EventDraft(
        EventKind(state: state), subject: machine.subject, source: monitor.source ?? machine.subject, origin: origin,
        data: ["previous": .string(previous.rawValue)],
        changes: [.state: .string(state.rawValue), .reason: ""]))
    stateChanged(machine, now: .now())
  }
}
