// SPDX-License-Identifier: Apache-2.0
// Machines that an administrator adds and removes.

import EventLoop
public import EventModel
public import Hub

extension QEMUSource: MachineControl {
  /// The longest path of a socket, in bytes (unix(7)).
  private static let pathLimit = 107

  /// Begins to watch the machine whose monitor has that socket.
  public nonisolated func addMachine(name: String, monitorPath: String, agentPath: String) throws(ControlError)
    -> Subject
  {
    let result: Result<Subject, ControlError> = assumeIsolated { source in
      do throws(ControlError) {
        return .success(try source.add(name: name, monitorPath: monitorPath, agentPath: agentPath))
      } catch { return .failure(error) }
    }
    return try result.get()
  }

  /// Ends the watch over a machine and forgets it.
  public nonisolated func removeMachine(_ subject: Subject) throws(ControlError) {
    let result: Result<Void, ControlError> = assumeIsolated { source in
      do throws(ControlError) {
        return .success(try source.remove(subject))
      } catch { return .failure(error) }
    }
    try result.get()
  }

  private func add(name: String, monitorPath: String, agentPath: String) throws(ControlError) -> Subject {
    guard !name.isEmpty, name.utf8.count <= VMIdentity.nameLimit, name == name.printable(limit: VMIdentity.nameLimit)
    else {
      throw .invalidArgument("name: 1 to \(VMIdentity.nameLimit) bytes without control characters")
    }
    for (word, path) in [("monitor_path", monitorPath), ("agent_path", agentPath)]
    where !path.isEmpty || word == "monitor_path" {
      guard path.hasPrefix("/"), path.utf8.count <= Self.pathLimit, !path.utf8.contains(0) else {
        throw .invalidArgument("\(word): an absolute path of at most \(Self.pathLimit) bytes")
      }
    }
    let subject = Subject(.vm, name)
    // One that was known before the hub began, or stopped, is taken up again.
    guard machines[subject].map({ $0.monitor == nil || $0.isStopped }) ?? true else { throw .alreadyExists(name) }
    guard monitorOfPath[monitorPath] == nil else { throw .alreadyExists(monitorPath) }
    guard machines.count < options.limits.machines else { throw .limitExceeded("machines") }
    let known = machines[subject]
    let identity = VMIdentity(uuid: nil, name: name, process: nil)
    let machine =
      known
      ?? Machine(subject, identity: identity, state: .unknown, isRequested: true, limits: options.limits, now: .now())
    machine.isRequested = true
    // One that had stopped before was to be forgotten.
    cancel(&machine.forgetTimer)
    machine.restsSince = nil
    machine.agentPath = agentPath.isEmpty ? nil : agentPath
    machines[subject] = machine
    let monitor = addMonitor(.requested(path: monitorPath, key: name))
    let source = addSource("qmp:\(name)", state: "connecting")
    monitor.source = source
    monitor.machine = machine
    machine.monitor = monitor
    if known == nil {
      introduceRequested(machine, monitor, path: monitorPath, source)
    } else {
      update(subject, [.monitorState: "connecting", .monitorPath: .string(monitorPath)])
    }
    connect(monitor)
    return subject
  }

  private func introduceRequested(_ machine: Machine, _ monitor: Monitor, path: String, _ source: Subject) {
    let object = HubObject(
      machine.subject,
      [
        .name: .string(machine.identity.name), .state: "unknown", .monitorState: "connecting",
        .monitorPath: .string(path), .agentState: "unknown",
      ])
    let event = EventDraft(
      .vmAdded, subject: machine.subject, source: source, data: ["monitor": .string(monitor.way.word)])
    add(object, event: event)
  }

  private func remove(_ subject: Subject) throws(ControlError) {
    guard let machine = machines[subject] else { throw .noSuchObject(subject.objectPath) }
    guard machine.isRequested || machine.isStopped else {
      throw .refused("the machine was found by itself; it goes when it stops")
    }
    let monitor = machine.monitor
    forget(machine)
    if let monitor { forget(monitor) }
  }
}
