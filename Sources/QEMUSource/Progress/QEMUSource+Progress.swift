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

  /// A machine saves its state: if that is a dump of its memory, nothing else says so.
  func lookForDump(_ machine: Machine, now: MonotonicTime) {
    guard machine.state.state == .saveVM, let monitor = machine.monitor, let link = monitor.link else { return }
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
    machine.works = WorkTable()
  }
}
