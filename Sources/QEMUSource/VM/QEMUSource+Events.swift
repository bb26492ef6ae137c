// SPDX-License-Identifier: Apache-2.0
// From QEMU's events and answers to the hub's.

import EventLoop
package import EventModel
import JSONText

extension QEMUSource {
  /// Takes an event: for the machine, or until it is known whose it is.
  func take(_ event: QMPEvent, from monitor: Monitor, _ link: MonitorLink, now: MonotonicTime) {
    if let machine = monitor.machine, link.introduction == nil {
      // One that stands by repeats what the other one says.
      if monitor.isServing { handle(event, of: machine, monitor, link, now: now) }
      return
    }
    guard let introduction = link.introduction, introduction.held.count < options.limits.heldEvents else {
      return lost(monitor, "too many events before it was known whose they are")
    }
    link.introduction?.held.append((event, isAfterState: !introduction.open.contains(.status)))
  }

  /// Publishes an event of a machine.
  func handle(
    _ event: QMPEvent, of machine: Machine, _ monitor: Monitor, _ link: MonitorLink, now: MonotonicTime
  ) {
    let source = monitor.source ?? machine.subject
    let time = event.microseconds.map(Timestamp.init(microseconds:)) ?? .now()
    link.lastLine = time
    guard let row = event.definition else {
      return publishUnknown(event, of: machine, source, time: time, now: now)
    }
    let previous = machine.state.state
    let outcome = machine.state.apply(row.effect, event)
    let reading = row.read(event.data)
    machine.note(row, reading.fields)
    link.session.hold(machine.isEnding, now: now)
    let kind = row.kind(reading.truth, state: machine.state.state)
    machine.snapshot?.note(kind, reading.fields)
    if case .byTruth = row.kind { portChanged(machine, isOpen: reading.truth, now: now) }
    var draft = EventDraft(kind, subject: machine.subject, source: source, time: time, data: reading.fields)
    if reading.hasUnknownMembers || reading.complaint != nil {
      draft.raw = event.line.description.bounded(to: ValueLimits.raw)
    }
    draft.changes = machine.changes(for: kind, reading.fields)
    for (name, value) in noteWork(kind, reading.fields, machine, now: now) { draft.changes[name] = value }
    if outcome.changed { draft.changes.append(state: machine.state.state.rawValue, reason: machine.reason) }
    if case .ofState = row.kind { draft.data["previous"] = .string(previous.rawValue) }
    if row.isStateChange { publish(draft) } else { admit(draft, of: machine, now: now) }
    if outcome.changed, kind.isOfNoState { tellState(machine, source, previous: previous, time: time) }
    if let complaint = reading.complaint { report(complaint, from: monitor, link, now: now) }
    if outcome.mustAsk { askStatus(link, now: now) }
    if outcome.changed { stateChanged(machine, now: now) }
  }

  /// What else follows from another state of a machine.
  func stateChanged(_ machine: Machine, now: MonotonicTime) {
    agentMayAnswer(machine, now: now)
    lookForDump(machine, now: now)
  }

  private func publishUnknown(
    _ event: QMPEvent, of machine: Machine, _ source: Subject, time: Timestamp, now: MonotonicTime
  ) {
    let draft = EventDraft(
      .vmQMP, subject: machine.subject, source: source, time: time,
      data: ["event": .string(event.name.printable(limit: QMPEvent.nameLimit))],
      raw: event.line.description.bounded(to: ValueLimits.raw))
    admit(draft, of: machine, now: now)
  }

  /// An event that has its own kind changed the state too: says so by the state's kind.
  private func tellState(_ machine: Machine, _ source: Subject, previous: VMState, time: Timestamp) {
    publish(
      EventDraft(
        EventKind(state: machine.state.state), subject: machine.subject, source: source, origin: .derived, time: time,
        data: ["previous": .string(previous.rawValue)]))
  }

  // MARK: Floods

  func admit(_ draft: EventDraft, of machine: Machine, now: MonotonicTime) {
    switch machine.rate.admitOther(draft.kind, now: now) {
    case .pass: publish(draft)
    case .fold: foldChanges(draft)
    case .foldFirst:
      foldChanges(draft)
      reportFlood(machine, now: now)
    }
  }

  /// What is folded does not become an event, but the object is right all the same.
  private func foldChanges(_ draft: EventDraft) {
    if !draft.changes.isEmpty { update(draft.subject, draft.changes) }
  }

  /// Says what was folded, at the beginning, from time to time, and at the end.
  private func reportFlood(_ machine: Machine, now: MonotonicTime) {
    guard let report = machine.rate.report(now: now) else { return cancel(&machine.floodTimer) }
    let source = machine.monitor?.source ?? machine.subject
    if !report.folded.isEmpty || report.isOver {
      publish(EventDraft(.sourceFlooded, subject: source, source: source, origin: .derived, data: report.data))
    }
    cancel(&machine.floodTimer)
    guard let deadline = machine.rate.deadline else { return }
    let subject = machine.subject
    machine.floodTimer = after(max(.seconds(1), deadline - now)) { source in
      guard let machine = source.machines[subject] else { return }
      machine.floodTimer = nil
      source.reportFlood(machine, now: .now())
    }
  }

  // MARK: Answers

  /// Takes the answer to a command; `nil` when QEMU refused or kept silent.
  func answered(
    _ command: QMPCommand, _ answer: JSONValue?, _ monitor: Monitor, _ link: MonitorLink, now: MonotonicTime
  ) {
    guard case .query(let query) = command else { return resyncAnswered(command, answer, monitor, now: now) }
    if link.introduction != nil { return introduced(query, answer, monitor, link, now: now) }
    if query == .status {
      link.isAskingStatus = false
      if let machine = monitor.machine, monitor.isServing, let state = answer.flatMap(VMState.init(status:)) {
        enter(state, machine, monitor, origin: .derived)
        if machine.state.isPassing { askAgain(machine) }
      }
      if link.mustAskStatusAgain { askStatus(link, now: now) }
      return
    }
    resyncAnswered(command, answer, monitor, now: now)
  }

  /// Asks for the state again in a moment, as long as it is one that QEMU passes through.
  private func askAgain(_ machine: Machine) {
    guard machine.passingTimer == nil else { return }
    let subject = machine.subject
    machine.passingTimer = after(machine.passing.next(using: &generator)) { source in
      guard let machine = source.machines[subject] else { return }
      machine.passingTimer = nil
      guard machine.state.isPassing, let monitor = machine.monitor, let link = monitor.link, link.introduction == nil
      else { return machine.passing.reset() }
      let now = MonotonicTime.now()
      source.askStatus(link, now: now)
      source.settle(monitor, now: now)
    }
  }

  /// Asks for the state; one question at a time, since one answer after the last event is enough.
  private func askStatus(_ link: MonitorLink, now: MonotonicTime) {
    link.mustAskStatusAgain = link.isAskingStatus
    guard !link.isAskingStatus else { return }
    link.isAskingStatus = link.session.send(.query(.status), now: now)
  }
}

extension QMPEventDefinition {
  /// The kind that an event is published as.
  package func kind(_ truth: Bool, state: VMState) -> EventKind {
    switch kind {
    case .always(let kind): kind
    case .ofState: EventKind(state: state)
    case .byTruth(_, let whenTrue, let whenFalse): truth ? whenTrue : whenFalse
    }
  }
}

extension EventKind {
  /// Whether the kind does not itself name a state.
  fileprivate var isOfNoState: Bool { state == nil }
}
