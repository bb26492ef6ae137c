// SPDX-License-Identifier: Apache-2.0
// The source of QEMU's events: all monitors of the host, in one actor on the loop.
//
// A monitor is reached in three ways: QEMU dials the hub's socket, its own socket appears in a directory, or an administrator names
// it. However it was reached, a connection goes through the same stations. It is a stranger until QEMU has greeted, negotiated
// and said which machine it is; then the machine is found or made, and the monitor serves it. What comes is read as soon as it
// is there (a monitor that is not read makes QEMU's memory grow without bound), cut into lines, parsed, and handed to the hub.
//
// When a connection ends, the machine's own process decides. If it ends too, the machine stopped, and everything that was
// heard says why. If it lives, the machine is unknown, never gone: the monitor is tried again, and what changed meanwhile is found by
// asking. One connection costs a handle and no timer while nothing is asked of it; its lines pass through one buffer that all share.

public import EventLoop
import EventModel
public import Hub
import JSONText

/// The source of QEMU's events.
///
/// Threading: lives on the loop; callbacks of the loop enter it with `assumeIsolated`.
public actor QEMUSource: LoopActor {
  /// The loop that the source lives on.
  public nonisolated let loop: EventLoop
  let hub: Hub
  let parser: JSONParser
  let units: (any UnitResults)?
  var options: QEMUOptions
  var monitors: [MonitorID: Monitor] = [:]
  var machines: [Subject: Machine] = [:]
  var strangersOfUser: [UInt32: Int] = [:]
  var strangers = 0
  var lastMonitor: UInt64 = 0
  var lastInquiry: UInt64 = 0
  /// The monitors that the hub dials, by their sockets.
  var monitorOfPath: [String: MonitorID] = [:]
  /// How many machines are looked at now, and who waits for that.
  var resyncs = 0
  var resyncQueue: ArraySlice<MonitorID> = []
  var agents: [AgentID: AgentChannel] = [:]
  var lastAgent: UInt64 = 0
  /// Channels that were dialled and whose machine is not known yet, by the process that dialled.
  var strayAgents: [ProcessIdentity: AgentID] = [:]
  /// Sockets of agents in the directory, by the names of their files without suffix.
  var agentFiles: [String: String] = [:]
  var machineOfProcess: [ProcessIdentity: Subject] = [:]
  var machineOfName: [String: Subject] = [:]
  /// The groups of the host's service manager, which never change.
  let managerGroups = ControlGroups(of: 1)
  var readBuffer = ReadBuffer()
  var listener: Listener?
  var agentListener: Listener?
  let agentParser: JSONParser
  var directory: WatchedDirectory?
  var generator = SystemRandomNumberGenerator()
  var statistics = QEMUStatistics()

  /// A source that feeds a hub, on the hub's loop.
  ///
  /// It does nothing until `start`. Where there is somebody to ask for the results of units, they help to explain how machines
  /// ended.
  public init(hub: Hub, options: QEMUOptions, units: (any UnitResults)? = nil) throws(QEMUSourceError) {
    self.hub = hub
    self.options = options
    self.units = units
    loop = hub.loop
    do {
      parser = try JSONParser(limits: JSONLimits(bytes: options.limits.lineBytes, depth: options.limits.depth))
      let limits = options.agents.limits
      agentParser = try JSONParser(limits: JSONLimits(bytes: limits.lineBytes, depth: limits.depth))
    } catch { throw .outOfMemory }
  }

  /// Begins: takes up the machines that the hub knew before, listens, and looks into the directory.
  ///
  /// What does not work is reported by the source objects and tried again; it is no error of this call.
  public func start() {
    takeUpRestored()
    hub.assumeIsolated { hub in
      hub.offer(machines: self)
      hub.addMetrics { self.assumeIsolated { $0.statistics.families } }
    }
    if let path = options.socketPath { listen(at: path, for: .monitors) }
    if let path = options.agents.socketPath, options.agents.isEnabled { listen(at: path, for: .agents) }
    if let path = options.monitorsDirectory { watch(path) }
  }

  /// Ends: closes everything.
  ///
  /// Machines stay as they are, nobody says that they stopped.
  public func stop() {
    // What is known to have ended is told with what is known of it.
    for machine in machines.values where machine.inquiry != .unasked { tellStopped(machine) }
    stopListening(for: .monitors)
    stopListening(for: .agents)
    stopWatching()
    for monitor in monitors.values { close(monitor) }
    monitors = [:]
    for channel in agents.values { forgetAgent(channel) }
    for machine in machines.values { release(machine) }
    machines = [:]
  }

  /// Changes how long stopped machines stay known, those included that stopped before.
  public func setRetention(_ retention: Duration) {
    guard retention != options.retention else { return }
    options.retention = retention
    for machine in machines.values where machine.forgetTimer != nil { scheduleForgetting(machine) }
  }

  /// How many monitors are connected, strangers included.
  public var connections: Int { monitors.values.count { $0.link != nil } }

  // MARK: What all parts use

  func publish(_ draft: EventDraft) { hub.assumeIsolated { _ = $0.publish(draft) } }

  func update(_ subject: Subject, _ changes: PropertyChanges) {
    hub.assumeIsolated { $0.update(subject, changes) }
  }

  func object(_ subject: Subject) -> HubObject? { hub.assumeIsolated { $0.object(subject) } }

  func add(_ object: HubObject, event: EventDraft? = nil) { hub.assumeIsolated { $0.addObject(object, event: event) } }

  func removeObject(_ subject: Subject, event: EventDraft? = nil) {
    hub.assumeIsolated { $0.removeObject(subject, event: event) }
  }

  /// A counter of an object, one higher.
  func raised(_ name: PropertyName, of subject: Subject) -> Value { .uint((object(subject)?[name]?.uint ?? 0) + 1) }

  func addMonitor(_ way: Monitor.Way) -> Monitor {
    lastMonitor += 1
    let monitor = Monitor(MonitorID(number: lastMonitor), way, limits: options.limits)
    monitors[monitor.id] = monitor
    if let path = way.path { monitorOfPath[path] = monitor.id }
    return monitor
  }

  /// Calls back once after a time, unless the timer is removed before.
  func after(_ time: Duration, _ action: @escaping @Sendable (isolated QEMUSource) -> Void) -> TimerID {
    loop.addTimeout(.every(time)) { [self] timer in
      loop.removeTimeout(timer)
      assumeIsolated(action)
    }
  }

  /// Removes a timer that may be there.
  func cancel(_ timer: inout TimerID?) {
    if let armed = timer { loop.removeTimeout(armed) }
    timer = nil
  }
}

/// Why a source cannot be made.
public enum QEMUSourceError: Error, Hashable, Sendable {
  /// There was no memory for the parser.
  case outOfMemory
}
