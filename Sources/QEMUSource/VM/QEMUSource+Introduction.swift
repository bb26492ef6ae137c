// SPDX-License-Identifier: Apache-2.0
// From a connection to the machine that it belongs to.

import EventLoop
import EventModel
import JSONText

extension QEMUSource {
  /// QEMU has greeted and negotiated: asks who it is.
  func introduce(_ monitor: Monitor, _ link: MonitorLink, _ greeting: QMPGreeting, now: MonotonicTime) {
    link.introduction?.greeting = greeting
    for question in Introduction.questions { link.session.send(.query(question), now: now) }
    // Without it QEMU keeps silent about migrations. Refused while one is under way; then events were on before.
    link.session.send(.enableMigrationEvents, now: now)
  }

  /// Takes an answer to one of the questions, or that QEMU refuses one.
  func introduced(_ query: QMPQuery, _ answer: JSONValue?, _ monitor: Monitor, _ link: MonitorLink, now: MonotonicTime)
  {
    guard link.introduction?.open.remove(query) != nil else { return }
    switch query {
    case .status: link.introduction?.state = answer.flatMap(VMState.init(status:))
    case .name: link.introduction?.name = answer?["name"]?.string
    case .uuid: link.introduction?.uuid = answer?["UUID"]?.string
    default: break
    }
    guard let introduction = link.introduction, introduction.open.isEmpty else { return }
    link.introduction = nil
    if monitor.way == .dialled { countStranger(link.credentials.user, -1) }
    let process = link.process
    let identity = VMIdentity(
      uuid: introduction.uuid, name: introduction.name,
      process: process?.identity ?? Self.processWithoutStart(link.credentials))
    settle(monitor, identity, introduction, link, now: now)
  }

  /// A process that the kernel names but no longer shows is still a way to tell machines apart.
  private static func processWithoutStart(_ credentials: UnixSocket.Credentials) -> ProcessIdentity? {
    credentials.process > 0 ? ProcessIdentity(id: credentials.process, startTicks: 0) : nil
  }

  private func settle(
    _ monitor: Monitor, _ identity: VMIdentity, _ introduction: Introduction, _ link: MonitorLink, now: MonotonicTime
  ) {
    let process = link.process.flatMap { $0.isQEMU ? $0 : nil }
    var key = identity.key ?? "monitor-\(monitor.id.number)"
    if case .requested(_, let requested) = monitor.way { key = requested }
    var subject = Subject(.vm, key)
    var conflict: Subject?
    if let other = machines[subject], other.monitor !== monitor {
      // Also a QEMU that dials again before we have heard that its first connection is closed.
      if let served = other.monitor?.link, let process = link.process, served.process?.identity == process.identity {
        return standBy(monitor, of: other)
      }
      if isPresent(other), other.process?.identity != process?.identity || process == nil {
        conflict = subject
        subject = Subject(
          .vm, "\(key) \(identity.process.map { "\($0.id)-\($0.startTicks)" } ?? "\(monitor.id.number)")")
      }
    }
    let known = machines[subject]
    guard let machine = known ?? makeMachine(subject, identity, monitor, now: now) else {
      return lost(monitor, "too many machines are known")
    }
    adopt(monitor, by: machine, identity, introduction, link, process, isNew: known == nil, now: now)
    if let conflict {
      publish(
        EventDraft(
          .vmIdentityConflict, subject: subject, source: monitor.source ?? subject, origin: .derived,
          data: ["other": .string(conflict.objectPath)]))
    }
  }

  /// Whether a machine is certainly there: its monitor is served, or its process lives.
  private func isPresent(_ machine: Machine) -> Bool {
    if machine.monitor?.link?.introduction == nil, machine.monitor?.link != nil { return true }
    return machine.process.map { !$0.hasEnded } ?? false
  }

  /// A second monitor of a machine that is served by another one: read, not used, until the other one is lost.
  private func standBy(_ monitor: Monitor, of machine: Machine) {
    monitor.machine = machine
    machine.spares.append(monitor.id)
    if monitor.source == nil {
      monitor.source = addSource("qmp:\(machine.subject.key) \(monitor.id.number)", state: "spare")
    }
    if let source = monitor.source { update(source, [.state: "spare"]) }
  }

  private func makeMachine(_ subject: Subject, _ identity: VMIdentity, _ monitor: Monitor, now: MonotonicTime)
    -> Machine?
  {
    guard machines.count < options.limits.machines else { return nil }
    let machine = Machine(
      subject, identity: identity, state: .unknown, isRequested: false, limits: options.limits, now: now)
    machines[subject] = machine
    return machine
  }
}
