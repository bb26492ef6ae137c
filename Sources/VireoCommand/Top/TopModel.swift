// SPDX-License-Identifier: Apache-2.0
// What `top` shows, before it is laid out.

public import EventModel

/// What `top` shows, before it is laid out: machines, sources, the last events, rates.
public struct TopModel: Sendable {
  /// A machine.
  public struct Machine: Sendable {
    /// Its name, or what stands for one.
    public var name: String
    /// Its state.
    public var state: String
    /// What else is known, by the names of the properties.
    public var properties: [String: Value] = [:]
    /// The kind of the last event.
    var lastKind = ""
    /// When that was.
    var lastTime: Timestamp?
    var rate = EventRate()
    /// What the last event told of how far its migration is.
    var migrationProgress: Fields = [:]

    /// A machine.
    public init(name: String, state: String) {
      self.name = name
      self.state = state
    }

    /// Its long work, as the hub tells it.
    var work: [LongWork] {
      LongWork.all(
        jobs: properties["Jobs"], migration: properties["Migration"]?.string ?? "", progress: migrationProgress)
    }
  }

  /// How many of the last events are kept.
  static let tailLength = 200

  /// The host of the hub.
  public var host = ""
  /// The newest sequence.
  public var head: UInt64 = 0
  /// What is wrong with the connection; empty while all is well.
  public var notice = ""
  /// How far the list of machines is scrolled.
  public var offset = 0
  private(set) var machines: [String: Machine] = [:]
  private(set) var sources: [String: (name: String, state: String)] = [:]
  private(set) var tail: [StreamItem] = []
  private(set) var rate = EventRate()

  /// A model of nothing.
  public init() {}

  /// How many machines there are.
  public var machineCount: Int { machines.count }

  /// The machines in the order in which they are shown: what needs attention first, then by name.
  public var order: [String] {
    machines.sorted { left, right in
      let (first, second) = (TopModel.urgency(left.value), TopModel.urgency(right.value))
      return first != second ? first > second : (left.value.name, left.key) < (right.value.name, right.key)
    }.map(\.key)
  }

  /// Puts the machines that there are in the place of those that were.
  public mutating func setMachines(_ list: [(path: String, machine: Machine)]) {
    let known = machines
    machines = Dictionary(list.map { ($0.path, $0.machine) }, uniquingKeysWith: { _, last in last })
    for (path, old) in known where machines[path] != nil {
      machines[path]?.properties = old.properties
      machines[path]?.lastKind = old.lastKind
      machines[path]?.lastTime = old.lastTime
      machines[path]?.rate = old.rate
      machines[path]?.migrationProgress = old.migrationProgress
    }
    // What happened to a new one was told before it was listed.
    for case .event(let event) in tail where known[event.subject] == nil && machines[event.subject] != nil {
      machines[event.subject]?.lastKind = event.kind
      machines[event.subject]?.lastTime = event.time
    }
  }

  /// Puts the sources that there are in the place of those that were.
  public mutating func setSources(_ list: [(path: String, name: String, state: String)]) {
    sources = Dictionary(list.map { ($0.path, ($0.name, $0.state)) }, uniquingKeysWith: { _, last in last })
  }

  /// Takes properties of an object that were asked for or that changed.
  public mutating func update(_ path: String, _ properties: [(name: String, value: Value)]) {
    for (name, value) in properties {
      if machines[path] != nil {
        machines[path]?.properties[name] = value
        if name == "State", let state = value.string { machines[path]?.state = state }
        if name == "Name", let text = value.string, !text.isEmpty { machines[path]?.name = text }
      } else if sources[path] != nil, name == "State", let state = value.string {
        sources[path]?.state = state
      }
    }
  }

  /// Whether a machine is known in full.
  public func isComplete(_ path: String) -> Bool { machines[path]?.properties["StateSince"] != nil }

  /// Takes what happened.
  ///
  /// - Returns: whether the list of machines or sources is another one now and has to be asked for.
  public mutating func take(_ items: [StreamItem], now: Timestamp) -> Bool {
    var isListStale = false
    for item in items {
      tail.append(item)
      guard case .event(let event) = item else { continue }
      head = max(head, event.sequence)
      // The first page is of the past, and no rate.
      let isRecent = now.microseconds - event.recorded.microseconds < EventRate.span
      if isRecent { rate.count(at: now) }
      if machines[event.subject] != nil {
        machines[event.subject]?.lastKind = event.kind
        machines[event.subject]?.lastTime = event.time
        if isRecent { machines[event.subject]?.rate.count(at: now) }
        if let state = event.data["state"]?.string { machines[event.subject]?.state = state }
        switch EventKind(rawValue: event.kind) {
        case .vmMigrationProgress?: machines[event.subject]?.migrationProgress = event.data
        case .vmMigrationStatus?: machines[event.subject]?.migrationProgress = [:]
        default: break
        }
        if event.kind == EventKind.vmRemoved.rawValue { isListStale = true }
      } else if event.category == "vm" || event.category == "source" && sources[event.subject] == nil {
        isListStale = true
      } else if event.category == "source", let state = event.data["state"]?.string {
        sources[event.subject]?.state = state
      }
    }
    if tail.count > TopModel.tailLength { tail.removeFirst(tail.count - TopModel.tailLength) }
    return isListStale
  }

  /// Moves the list of machines by a key; `page` is how many fit.
  public mutating func scroll(_ key: Key, page: Int) {
    switch key {
    case .up: offset -= 1
    case .down: offset += 1
    case .pageUp: offset -= page
    case .pageDown: offset += page
    case .home: offset = 0
    case .end: offset = machines.count
    case .quit, .redraw: break
    }
    offset = min(max(0, offset), max(0, machines.count - page))
  }

  private static func urgency(_ machine: Machine) -> Int {
    switch machine.state {
    case "io-error", "internal-error", "guest-panicked", "watchdog": 4
    case "unknown": 3
    case _ where !machine.work.isEmpty: 2
    case "stopped", "shutdown": 0
    default: 1
    }
  }
}

/// How many events a second, over the last ten seconds.
public struct EventRate: Sendable {
  private static let seconds = 10
  /// The time that it looks back on, in microseconds.
  static let span = Int64(seconds) * 1_000_000

  private var counts = [Int](repeating: 0, count: EventRate.seconds)
  private var last: Int64 = 0

  mutating func count(at now: Timestamp) {
    let second = now.microseconds / 1_000_000
    advance(to: second)
    counts[Int(second) % EventRate.seconds] += 1
  }

  /// Events a second.
  func perSecond(now: Timestamp) -> Double {
    var copy = self
    copy.advance(to: now.microseconds / 1_000_000)
    return Double(copy.counts.reduce(0, +)) / Double(EventRate.seconds)
  }

  private mutating func advance(to second: Int64) {
    let passed = second - last
    guard passed > 0 else { return }
    for step in 1...min(passed, Int64(EventRate.seconds)) { counts[Int((last + step) % Int64(EventRate.seconds))] = 0 }
    if passed > Int64(EventRate.seconds) { counts = [Int](repeating: 0, count: EventRate.seconds) }
    last = second
  }
}
