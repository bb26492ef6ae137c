// SPDX-License-Identifier: Apache-2.0
// After a connection: look at everything, and tell what changed while nobody looked.

import EventLoop
import EventModel
import Hub
import JSONText

/// One look at a machine.
struct Resync {
  /// When the questions were asked.
  let began: MonotonicTime
  /// Questions that were not answered yet.
  var open = Set(Snapshot.questions)
  /// What the answers tell.
  var snapshot = Snapshot()
  /// Properties that do not change while the machine runs.
  var facts: PropertyChanges = [:]
}

extension QEMUSource {
  /// Begins to look at a machine, when its turn comes.
  func beginResync(_ monitor: Monitor, now: MonotonicTime) {
    guard monitor.link != nil, monitor.resync == nil else { return }
    guard resyncs < options.limits.resyncs else {
      if !resyncQueue.contains(monitor.id) { resyncQueue.append(monitor.id) }
      return
    }
    resyncs += 1
    monitor.resync = Resync(began: now)
    for question in Snapshot.questions { monitor.link?.session.send(question, now: now) }
    settle(monitor, now: now)
  }

  /// Takes an answer: of the look that is under way, or of a question for one part.
  func resyncAnswered(_ command: QMPCommand, _ answer: JSONValue?, _ monitor: Monitor, now: MonotonicTime) {
    guard let machine = monitor.machine, monitor.isServing else { return }
    guard monitor.resync?.open.remove(command) != nil else {
      if let answer { refreshed(command, answer, machine, now: now) }
      return
    }
    if let answer {
      if case .query(let query) = command { takeProgress(answer, to: query, machine, isFirst: true, now: now) }
      monitor.resync?.snapshot.take(answer, to: command)
      if case .query(let query) = command {
        for (name, value) in MachineFacts.properties(answer, to: query) { monitor.resync?.facts[name] = value }
      }
    }
    guard let resync = monitor.resync, resync.open.isEmpty else { return }
    resyncEnded(monitor)
    finish(resync, of: machine, monitor)
    if let source = monitor.source {
      hub.assumeIsolated { $0.noteComparison(of: source, took: now - resync.began) }
    }
  }

  /// One part was asked for again after an event about it: only the object changes.
  private func refreshed(_ command: QMPCommand, _ answer: JSONValue, _ machine: Machine, now: MonotonicTime) {
    if case .query(let query) = command { takeProgress(answer, to: query, machine, isFirst: false, now: now) }
    guard var snapshot = machine.snapshot else { return }
    snapshot.take(answer, to: command)
    guard snapshot != machine.snapshot else { return }
    machine.snapshot = snapshot
    update(machine.subject, snapshot.properties)
  }

  private func finish(_ resync: Resync, of machine: Machine, _ monitor: Monitor) {
    var changes = resync.snapshot.properties
    for (name, value) in resync.facts { changes[name] = value }
    let earlier = machine.snapshot
    machine.snapshot = resync.snapshot
    guard let earlier, let source = monitor.source else { return update(machine.subject, changes) }
    let differences = resync.snapshot.differences(since: earlier)
    for difference in differences {
      publish(
        EventDraft(
          difference.kind, subject: machine.subject, source: source, origin: .resync, data: difference.data,
          changes: machine.changes(for: difference.kind, difference.data)))
      switch difference.kind {
      case .vmPortOpened: portChanged(machine, isOpen: true, now: .now())
      case .vmPortClosed: portChanged(machine, isOpen: false, now: .now())
      default: break
      }
    }
    update(machine.subject, changes)
    publish(
      EventDraft(
        .sourceResynced, subject: source, source: source, origin: .derived,
        data: ["differences": .uint(UInt64(differences.count + machine.stateDifferences))],
        changes: [.resyncs: raised(.resyncs, of: source)]))
  }

  /// A look is over, or its connection is: the next monitor has its turn.
  func resyncEnded(_ monitor: Monitor) {
    guard monitor.resync != nil else { return }
    monitor.resync = nil
    resyncs -= 1
    let now = MonotonicTime.now()
    while resyncs < options.limits.resyncs, let next = resyncQueue.popFirst() {
      if let monitor = monitors[next], monitor.isServing { beginResync(monitor, now: now) }
    }
  }
}
