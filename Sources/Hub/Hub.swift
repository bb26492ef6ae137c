// SPDX-License-Identifier: Apache-2.0
// The hub: one actor on the loop that numbers events, keeps the registry and publishes.
//
// The life of an event here. A source publishes a draft, on the loop. The hub stamps it with the next number, applies its
// changes to the registry, and puts the state after into its data. At the end of the turn everything stamped goes to the log
// as one batch; while a batch is under way the next one gathers. When the log answers, on the loop, the batch is published to
// the sinks, with the objects that came, changed and went. Nothing is published that the log has not taken: so no number is
// ever used twice, whatever crashes. A log that cannot keep a batch says so, and the events go out marked as not durable:
// silence would be worse.

public import EventLoop
public import EventModel

/// The hub: numbers events, keeps the registry, hands events to the log, publishes what the log has taken.
///
/// Threading: lives on the loop; callbacks of the loop enter it with `assumeIsolated`.
public actor Hub: LoopActor {
  /// The loop that the hub lives on.
  public nonisolated let loop: EventLoop
  /// The identity of the log: the first half of every cursor.
  public nonisolated let instance: InstanceID

  let log: any EventLog
  let registry = Registry()
  private(set) var pipeline = Pipeline()
  private var sinks: [any EventSink] = []
  private var isScheduled = false
  private var isDurable = true
  private var isProbing = false
  private let probeInterval: Duration
  private var changesUnderWay = Registry.Changes()
  private var gapUnderWay: PublishedGap?
  private var whenIdle: [@Sendable () -> Void] = []
  var metricProviders: [@Sendable () -> [MetricFamily]] = []
  var statistics = HubStatistics()

  /// The newest number that is public.
  public private(set) var head: UInt64
  /// The newest number given out; the registry is as it was after this event.
  public private(set) var stamped: UInt64
  /// Adds and removes machines; nil until a source offers it.
  public private(set) var machines: (any MachineControl)?
  /// Sets up virtual functions; nil until a source offers it.
  public private(set) var links: (any LinkControl)?
  /// The objects that the log held when the hub began, for the sources to compare with what they find.
  public nonisolated let restored: [HubObject]
  /// When the newest event was recorded before the hub began: the objects restored are as they were then.
  public nonisolated let lastRecorded: Timestamp?
  /// That the host was started anew since then; nil when it was not, or nobody knows.
  public nonisolated let reboot: HostReboot?

  /// A hub on a loop, with a log that is asked each `probeInterval` whether it keeps events again, while it does not.
  public init(loop: EventLoop, log: any EventLog, probeInterval: Duration = .seconds(1)) {
    self.loop = loop
    self.log = log
    self.probeInterval = probeInterval
    let contents = log.contents
    instance = contents.instance
    head = contents.head
    stamped = contents.head
    // Sources begin anew with each start, and say for themselves how they are.
    restored = contents.objects.filter(\.subject.isLogged)
    lastRecorded = contents.lastRecorded
    reboot = contents.reboot
    for object in restored { registry.insert(object) }
    _ = registry.takeChanges()
    // What is there because the log holds it need not be told to the log.
    _ = registry.takeUnlogged()
    // Those that another version wrote must go from the log.
    for object in contents.objects where !object.subject.isLogged { registry.forgetLogged(object.subject) }
  }

  // MARK: Beginning and end

  /// Says that the hub began, and, when it was there before, since when it was blind.
  public func start(version: String, processID: UInt32) {
    let contents = log.contents
    for remark in contents.remarks { publish(remark) }
    // Where the log knows which numbers are missing it has said so, and once is enough.
    let isGapTold = contents.remarks.contains { $0.kind == .hubGap }
    if let last = contents.lastRecorded, contents.head > 0, !isGapTold {
      // The clock may have been set back meanwhile; a stretch does not end before it begins.
      let now = max(last, Timestamp.now())
      publish(
        EventDraft(
          .hubGap, subject: .hub, source: .hub, origin: .derived,
          data: ["from": .string(last.rfc3339), "to": .string(now.rfc3339), "reason": "hub-down"]))
    }
    publish(
      EventDraft(
        .hubStarted, subject: .hub, source: .hub,
        data: ["version": .string(version), "processID": .uint(UInt64(processID))]))
  }

  /// Calls back on the loop as soon as everything stamped is public.
  public func whenIdle(_ action: @escaping @Sendable () -> Void) {
    guard !pipeline.isIdle || isScheduled else { return action() }
    whenIdle.append(action)
  }

  /// Adds a sink; it hears everything published from now on.
  public func addSink(_ sink: any EventSink) { sinks.append(sink) }

  /// Takes the source that adds and removes machines.
  public func offer(machines: any MachineControl) { self.machines = machines }

  /// Takes the source that sets up virtual functions.
  public func offer(links: any LinkControl) { self.links = links }

  // MARK: Sources

  /// Numbers an event, applies its changes, and sends it on its way.
  ///
  /// - Returns: the number of the event.
  @discardableResult
  public func publish(_ draft: EventDraft) -> UInt64 {
    var draft = draft
    let now = Timestamp.now()
    let moment = draft.time ?? now
    stamped += 1
    let entry = registry.entry(of: draft.subject)
    if let entry {
      registry.apply(draft.changes, to: entry, at: moment)
      registry.set(.lastEvent, .uint(stamped), of: entry)
    }
    countEvent(of: draft.source)
    let object = entry?.object
    if let state = object?.state, !state.isEmpty, draft.data["state"] == nil { draft.data["state"] = .string(state) }
    // Whoever hears that a link or a device is in trouble wants to know whose trouble it is.
    if let vms = object?[.vms], vms.list?.isEmpty == false, draft.data["vms"] == nil { draft.data["vms"] = vms }
    EventLimits.fit(&draft)
    let event = Event(
      sequence: stamped, time: moment, recorded: now, kind: draft.kind, severity: draft.severity,
      origin: draft.origin, subject: draft.subject, name: object?.name ?? "", source: draft.source, data: draft.data,
      raw: draft.raw)
    statistics.count(event)
    pipeline.admit(event)
    schedule()
    return stamped
  }

  /// Counts an event on the object of its source; the hub itself has none.
  private func countEvent(of source: Subject) {
    guard source.category != .hub, let entry = registry.entry(of: source) else { return }
    if let count = entry.object[.events]?.uint { registry.set(.events, .uint(count + 1), of: entry) }
  }

  /// Takes an object in; with an event, when its coming is one.
  public func addObject(_ object: HubObject, event: EventDraft? = nil) {
    registry.insert(object)
    if object.stateSince.microseconds == 0 {
      registry.apply([.stateSince: .uint(Timestamp.now().unsigned)], to: object.subject, at: .now())
    }
    if let event { publish(event) } else { schedule() }
  }

  /// Takes an object out; with an event, when its going is one.
  public func removeObject(_ subject: Subject, event: EventDraft? = nil) {
    if let event { publish(event) } else { schedule() }
    _ = registry.remove(subject)
  }

  /// Changes properties of an object without an event.
  public func update(_ subject: Subject, _ changes: PropertyChanges) {
    registry.apply(changes, to: subject, at: .now())
    schedule()
  }

  // MARK: The pipeline

  private func schedule() {
    guard !isScheduled else { return }
    isScheduled = true
    loop.submit { self.assumeIsolated { $0.flush() } }
  }

  /// The end of a turn: hands what was stamped to the log, unless the log is busy.
  private func flush() {
    isScheduled = false
    guard !pipeline.isBusy, !isProbing else { return }
    if let dropped = pipeline.takeDropped() { tellDropped(dropped) }
    changesUnderWay = registry.takeChanges()
    guard let events = pipeline.next() else {
      publishUnderWay(events: [])
      return
    }
    // What changed without an event goes into the log with the next one.
    let (objects, removed) = registry.takeUnlogged()
    let batch = LogBatch(events: events, objects: objects, removed: removed)
    let begin = ContinuousClock.now
    log.append(batch) { [loop] outcome in
      if loop.isOnLoop {
        self.assumeIsolated { $0.logAnswered(outcome, since: begin) }
      } else {
        loop.submit { self.assumeIsolated { $0.logAnswered(outcome, since: begin) } }
      }
    }
  }

  private func tellDropped(_ dropped: Pipeline.Dropped) {
    gapUnderWay = PublishedGap(first: dropped.first, last: dropped.last, reason: "journal-behind")
    statistics.dropped += dropped.last - dropped.first + 1
    publish(
      EventDraft(
        .hubGap, subject: .hub, source: .hub, origin: .derived,
        data: [
          "from": .string(dropped.from.rfc3339), "to": .string(Timestamp.now().rfc3339), "reason": "journal-behind",
          "first": .uint(dropped.first), "last": .uint(dropped.last),
        ]))
  }

  private func logAnswered(_ outcome: LogOutcome, since begin: ContinuousClock.Instant) {
    statistics.commit.observe(seconds: (ContinuousClock.now - begin).seconds)
    var events = pipeline.finish()
    switch outcome {
    case .accepted:
      if !isDurable, let first = events.first {
        isDurable = true
        publish(EventDraft(.hubJournalRecovered, subject: .hub, source: .hub, data: ["first": .uint(first.sequence)]))
      }
    case .notDurable(let reason):
      for index in events.indices { events[index].data["durable"] = false }
      if isDurable {
        isDurable = false
        publish(EventDraft(.hubJournalDegraded, subject: .hub, source: .hub, data: ["error": .string(reason)]))
        probeLater()
      }
    }
    publishUnderWay(events: events)
    if !pipeline.isIdle { schedule() }
    if pipeline.isIdle, !isScheduled {
      let actions = whenIdle
      whenIdle = []
      for action in actions { action() }
    }
  }

  /// A host on which nothing happens would not learn that its disk takes events again: so the log is asked.
  private func probeLater() {
    loop.addTimeout(.every(probeInterval)) { [loop] timer in
      loop.removeTimeout(timer)
      self.assumeIsolated { $0.probe() }
    }
  }

  private func probe() {
    guard !isDurable else { return }
    // A batch under way will tell, and so will one that is about to go.
    guard pipeline.isIdle else { return probeLater() }
    isProbing = true
    log.append(LogBatch(events: [])) { [loop] outcome in
      loop.submit { self.assumeIsolated { $0.probed(outcome) } }
    }
  }

  private func probed(_ outcome: LogOutcome) {
    isProbing = false
    if case .accepted = outcome {
      isDurable = true
      publish(EventDraft(.hubJournalRecovered, subject: .hub, source: .hub, data: ["first": .uint(stamped + 1)]))
    } else {
      probeLater()
    }
    schedule()
  }

  private func publishUnderWay(events: [Event]) {
    let changes = changesUnderWay
    changesUnderWay = Registry.Changes()
    var batch = PublishedBatch(events: events, removed: changes.removed, gap: gapUnderWay)
    gapUnderWay = nil
    for entry in changes.added where entry.isThere { batch.added.append(entry.object) }
    for (entry, properties) in changes.changed where entry.isThere { batch.changed.append((entry.object, properties)) }
    if let last = events.indices.last {
      head = events[last].sequence
      let now = Timestamp.now()
      // By their places: an event that a loop hands out is a copy, and each of its references is counted.
      for place in events.indices { statistics.observeLatency(of: events[place], published: now) }
    }
    guard !events.isEmpty || !changes.isEmpty || batch.gap != nil else { return }
    for sink in sinks { sink.publish(batch) }
  }
}
