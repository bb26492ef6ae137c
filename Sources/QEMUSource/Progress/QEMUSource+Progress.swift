// SPDX-License-Identifier: Apache-2.0
// How far long work is: asked once a second while there is some, shown on the machine's object, told at each tenth.

import EventLoop
import EventModel
import JSONText

extension QEMUSource {
  /// An event may tell of work: the property that changes with it, if it does.
  func noteWork(_ kind: EventKind, _ data: Fields, _ machine: Machine, now: MonotonicTime) -> PropertyChanges {
    guard machine.works.note(kind, data) else { return [:] }
    askForProgress(machine, now: now)
    return [.jobs: machine.works.property]
  }

  /// Takes an answer that may tell how far work is.
  func takeProgress(
    _ answer: JSONValue, to query: QMPQuery, _ machine: Machine, isFirst: Bool, now: MonotonicTime
  ) {
    let before = machine.works
    let news = machine.works.take(answer, to: query, isFirst: isFirst, now: now)
    guard machine.works != before else { return }
    let changes: PropertyChanges = [.jobs: machine.works.property]
    update(machine.subject, changes)
    let source = machine.monitor?.source ?? machine.subject
    for difference in news {
      let draft = EventDraft(
        difference.kind, subject: machine.subject, source: source, origin: .derived, data: difference.data)
      admit(draft, of: machine, now: now)
    }
    askForProgress(machine, now: now)
  }

  /// A machine is in another state: looks whether that is because its memory is dumped, which no event says.
  ///
  /// A machine that runs is stopped for a dump, so it is asked for when the state says that it is saved. For the dump of one that
  /// stands still already, as managers make it after a panic, QEMU says nothing at all before it is done: such a machine is asked
  /// from time to time, ever more seldom.
  func lookForDump(_ machine: Machine, now: MonotonicTime) {
    if machine.state.state == .saveVM { askForDump(of: machine, now: now) }
    // One that is stopped and let go again and again keeps the timer that it has.
    guard machine.state.state.standsStill, machine.dumpTimer == nil else { return }
    machine.dumpLook = Backoff(first: options.limits.progress, limit: options.limits.dumpLook)
    awaitDump(of: machine)
  }

  private func awaitDump(of machine: Machine) {
    let subject = machine.subject
    machine.dumpTimer = after(machine.dumpLook.next(using: &generator)) { source in
      guard let machine = source.machines[subject] else { return }
      machine.dumpTimer = nil
      // When its monitor is back, it is looked at anew.
      guard machine.state.state.standsStill, machine.monitor?.link != nil else { return }
      source.askForDump(of: machine, now: .now())
      source.awaitDump(of: machine)
    }
  }

  private func askForDump(of machine: Machine, now: MonotonicTime) {
    guard let monitor = machine.monitor, let link = monitor.link, link.introduction == nil,
      !machine.works.questions.contains(.dump)
    else { return }
    link.session.send(.query(.dump), now: now)
    settle(monitor, now: now)
  }

  /// Asks how far the work is, and again in a second, as long as there is some.
  private func askForProgress(_ machine: Machine, now: MonotonicTime) {
    guard machine.progressTimer == nil else { return }
    let questions = machine.works.questions
    guard !questions.isEmpty, let monitor = machine.monitor, let link = monitor.link, link.introduction == nil else {
      return
    }
    for question in questions { link.session.send(.query(question), now: now) }
    settle(monitor, now: now)
    let subject = machine.subject
    machine.progressTimer = after(options.limits.progress) { source in
      guard let machine = source.machines[subject] else { return }
      machine.progressTimer = nil
      source.askForProgress(machine, now: .now())
    }
  }

  /// What is known of the work of a machine ends with its process.
  func endWork(of machine: Machine) {
    cancel(&machine.progressTimer)
    cancel(&machine.dumpTimer)
    machine.works = WorkTable()
  }
}

extension VMState {
  /// Whether the machine does nothing and may stay so, and somebody may want to know what is in its memory.
  fileprivate var standsStill: Bool {
    switch self {
    case .paused, .guestPanicked, .internalError, .ioError, .watchdog, .shutdown, .prelaunch, .debug: true
    default: false
    }
  }
}
