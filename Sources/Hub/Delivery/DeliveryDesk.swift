// SPDX-License-Identifier: Apache-2.0
// All consumers of the hub's stream: subscriptions on the bus, streams, monitors.

public import EventLoop
internal import EventModel

/// Delivers the hub's stream to its consumers, each at its own pace, and lets none take more than its share.
///
/// The rules are in `Delivery`; this actor reads pages for it, keeps the time, and counts who holds how many.
///
/// Threading: lives on the loop. Receivers are called on the loop, never inside the call that opened their delivery, and
/// may call everything here.
public actor DeliveryDesk: LoopActor, EventSink {
  /// Takes what a consumer is told.
  public typealias Receiver = @Sendable (DeliveryNotice) -> DeliveryReceipt

  private struct PendingRead {
    var id: DeliveryID
    var after: UInt64
    var amount: DeliveryAmount
    var ticket: UInt64
  }

  /// The loop that the desk lives on.
  public nonisolated let loop: EventLoop
  private let hub: Hub
  private let limits: DeliveryLimits
  private var recent: RecentEvents
  private var consumers: [DeliveryID: DeliveryConsumer] = [:]
  private var counts: [UInt32: Int] = [:]
  private var lastID: UInt64 = 0
  private var agenda: [(DeliveryConsumer, [Delivery.Action])] = []
  private var isWorking = false
  private var reads: [PendingRead] = []
  private var statistics = DeliveryStatistics()

  /// The desk of a hub.
  public init(hub: Hub, limits: DeliveryLimits = DeliveryLimits()) {
    loop = hub.loop
    self.hub = hub
    self.limits = limits
    recent = RecentEvents(head: 0)
  }

  /// Begins; to be called on the loop, before the hub publishes anything that the desk should know of at once.
  public func start() {
    recent = RecentEvents(head: hub.assumeIsolated { $0.head })
    hub.assumeIsolated { hub in
      hub.addSink(self)
      hub.addMetrics { self.assumeIsolated { $0.metrics() } }
    }
  }

  // MARK: Consumers

  /// Begins a delivery.
  ///
  /// - Parameters:
  ///   - request: what is wanted.
  ///   - receiver: called on the loop with each notice, in order.
  /// - Returns: the token of the delivery, and the newest public number at this moment.
  /// - Throws: why the consumer is refused.
  public func open(
    _ request: DeliveryRequest, receiver: @escaping Receiver
  ) throws(DeliveryRefusal) -> (id: DeliveryID, head: UInt64) {
    guard consumers.count < limits.total else { throw .limitReached("subscriptions.max", limits.total) }
    guard counts[request.user, default: 0] < limits.perUser else {
      throw .limitReached("subscriptions.max-per-user", limits.perUser)
    }
    let position = try position(of: request)
    lastID += 1
    let delivery = Delivery(
      after: position, head: recent.head, window: request.window, page: request.page, patience: request.patience)
    let consumer = DeliveryConsumer(DeliveryID(rawValue: lastID), request, delivery, receiver)
    consumers[consumer.id] = consumer
    counts[request.user, default: 0] += 1
    perform(consumer.delivery.start(), for: consumer)
    return (consumer.id, recent.head)
  }

  private func position(of request: DeliveryRequest) throws(DeliveryRefusal) -> UInt64 {
    let (oldest, stamped) = hub.assumeIsolated { ($0.oldest, $0.stamped) }
    guard request.instance.map({ $0 == hub.instance }) ?? true else { throw .foreign(hub.instance) }
    switch request.start {
    case .now: return recent.head
    case .oldest: return oldest - 1
    case .after(let sequence):
      guard sequence <= stamped else { throw .foreign(hub.instance) }
      guard sequence + 1 >= oldest else { throw .expired(oldest: oldest) }
      return sequence
    }
  }

  /// The consumer has dealt with everything up to a number.
  ///
  /// - Throws: when the consumer was never given that number, or the delivery has ended.
  public func acknowledge(_ id: DeliveryID, through sequence: UInt64) throws(DeliveryRefusal) {
    guard let consumer = consumers[id] else { throw .ended }
    guard let actions = consumer.delivery.acknowledge(through: sequence) else { throw .neverGiven(sequence) }
    perform(actions, for: consumer)
  }

  /// The consumer takes what it was given, though it has not acknowledged anything: its patience begins anew.
  public func progress(_ id: DeliveryID) { consumers[id]?.delivery.progress() }

  /// Changes how much may be handed over and not acknowledged.
  public func setWindow(_ id: DeliveryID, _ window: DeliveryAmount) {
    guard let consumer = consumers[id] else { return }
    perform(consumer.delivery.setWindow(window), for: consumer)
  }

  /// What began with that number did not reach the consumer, because the consumer is full.
  public func refused(_ id: DeliveryID, from first: UInt64) {
    guard let consumer = consumers[id] else { return }
    statistics.refused += 1
    perform(consumer.delivery.refused(from: first), for: consumer)
  }

  /// What a delivery was postponed for may be over.
  public func release(_ id: DeliveryID) {
    guard let consumer = consumers[id] else { return }
    perform(consumer.delivery.release(), for: consumer)
  }

  /// Ends a delivery; its receiver is not called again.
  public func close(_ id: DeliveryID) {
    guard let consumer = consumers.removeValue(forKey: id) else { return }
    for timer in [consumer.watch, consumer.retry] {
      if let timer { loop.removeTimeout(timer) }
    }
    let user = consumer.request.user
    counts[user] = counts[user].flatMap { $0 > 1 ? $0 - 1 : nil }
  }

  /// How a delivery stands; nil when there is none (any more).
  public func status(_ id: DeliveryID) -> DeliveryStatus? {
    consumers[id].map {
      DeliveryStatus(state: $0.delivery.state.rawValue, delivered: $0.delivery.position, lag: $0.delivery.lag)
    }
  }

  // MARK: The stream

  /// Takes what became public.
  public nonisolated func publish(_ batch: PublishedBatch) {
    assumeIsolated { $0.take(batch) }
  }

  private func take(_ batch: PublishedBatch) {
    guard let last = batch.events.indices.last else { return }
    recent.append(
      batch, limit: consumers.isEmpty ? limits.recent.limited(to: DeliveryLimits.unread) : limits.recent)
    guard !consumers.isEmpty else { return }
    let amount = batch.events.reduce(into: DeliveryAmount.zero) {
      $0 += DeliveryAmount(events: 1, bytes: $1.footprint)
    }
    for consumer in consumers.values {
      perform(consumer.delivery.published(head: batch.events[last].sequence, amount: amount), for: consumer)
    }
    // Whoever is up to date has it in this turn: also the last event before an end.
    answerReads()
  }

  /// Answers what was asked for since the last turn: a page for each consumer, so that none holds up the loop.
  private func answerReads() {
    let due = reads
    reads = []
    for read in due {
      guard let consumer = consumers[read.id] else { continue }
      let filter = consumer.request.filter
      if let answer = recent.read(after: read.after, amount: read.amount, filter: filter) {
        statistics.pagesFromMemory += 1
        take(answer, for: consumer, ticket: read.ticket)
        continue
      }
      statistics.pagesFromLog += 1
      let query = LogQuery(
        after: read.after, limit: read.amount.events, byteLimit: read.amount.bytes, filter: filter)
      hub.assumeIsolated { hub in
        hub.read(query) { result in self.assumeIsolated { $0.answered(result, read) } }
      }
    }
  }

  private func take(_ answer: RecentEvents.Answer, for consumer: DeliveryConsumer, ticket: UInt64) {
    switch answer {
    case .page(let events, let searched):
      perform(consumer.delivery.read(events, searched: searched, ticket: ticket), for: consumer)
    case .missing(let last, let reason):
      perform(consumer.delivery.missing(through: last, reason: reason, ticket: ticket), for: consumer)
    }
  }

  private func answered(_ result: Result<LogPage, LogError>, _ read: PendingRead) {
    guard let consumer = consumers[read.id] else { return }
    switch result {
    case .success(let page):
      take(.page(page.events, searched: page.searched), for: consumer, ticket: read.ticket)
    case .failure(.expired(let oldest)):
      // Below the oldest it is retention that took the events; above, they never came into the log.
      let reason = oldest == hub.assumeIsolated({ $0.oldest }) ? "expired" : "never-logged"
      take(.missing(through: oldest - 1, reason: reason), for: consumer, ticket: read.ticket)
    case .failure(.unavailable):
      perform(consumer.delivery.unreadable(ticket: read.ticket), for: consumer)
    }
  }

  // MARK: Actions

  /// Does what a delivery says; what comes of it meanwhile waits its turn.
  private func perform(_ actions: [Delivery.Action], for consumer: DeliveryConsumer) {
    guard !actions.isEmpty else { return }
    agenda.append((consumer, actions))
    guard !isWorking else { return }
    isWorking = true
    var next = 0
    while next < agenda.count {
      let (consumer, actions) = agenda[next]
      next += 1
      for action in actions where consumers[consumer.id] != nil {
        // After what is postponed nothing else of the same moment may be told.
        guard perform(action, for: consumer) == .taken else { break }
      }
    }
    agenda.removeAll(keepingCapacity: true)
    isWorking = false
  }

  private func perform(_ action: Delivery.Action, for consumer: DeliveryConsumer) -> DeliveryReceipt {
    switch action {
    case .read(let after, let amount, let ticket):
      if reads.isEmpty { loop.submit { self.assumeIsolated { $0.answerReads() } } }
      reads.append(PendingRead(id: consumer.id, after: after, amount: amount, ticket: ticket))
    case .hand(let batch):
      return tell(.events(batch), from: batch.first, to: consumer)
    case .tell(let gap, let first):
      statistics.gaps += 1
      return tell(.gap(gap, first: first), from: first, to: consumer)
    case .watch: watch(consumer)
    case .unwatch:
      if let watch = consumer.watch { loop.updateTimeout(watch, interval: .off) }
    case .suspend(let after):
      statistics.suspended += 1
      // When this cannot be sent now, the state of the delivery still tells it.
      _ = consumer.receiver(.suspended(after: after, reason: "unacknowledged"))
    case .overflow(let after):
      statistics.overflowed += 1
      close(consumer.id)
      _ = consumer.receiver(.overflow(after: after))
    case .retryLater: retryLater(consumer)
    }
    return .taken
  }

  private func tell(_ notice: DeliveryNotice, from first: UInt64, to consumer: DeliveryConsumer) -> DeliveryReceipt {
    let receipt = consumer.receiver(notice)
    switch receipt {
    case .taken:
      if case .events(let batch) = notice { statistics.handed += UInt64(batch.events.count) }
    case .postponed: perform(consumer.delivery.postponed(from: first), for: consumer)
    }
    return receipt
  }

  private func watch(_ consumer: DeliveryConsumer) {
    guard let timeout = consumer.request.acknowledgementTimeout else { return }
    if let watch = consumer.watch { return loop.updateTimeout(watch, interval: .every(timeout)) }
    let id = consumer.id
    consumer.watch = loop.addTimeout(.every(timeout)) { _ in
      self.assumeIsolated { desk in
        guard let consumer = desk.consumers[id] else { return }
        desk.perform(consumer.delivery.overdue(), for: consumer)
      }
    }
  }

  private func retryLater(_ consumer: DeliveryConsumer) {
    guard consumer.retry == nil else { return }
    let id = consumer.id
    consumer.retry = loop.addTimeout(.every(limits.retryInterval)) { timer in
      self.loop.removeTimeout(timer)
      self.assumeIsolated { desk in
        desk.consumers[id]?.retry = nil
        desk.release(id)
      }
    }
  }

  /// How many deliveries are in each state.
  var states: [String: Int] {
    consumers.values.reduce(into: [:]) { $0[$1.delivery.state.rawValue, default: 0] += 1 }
  }

  private func metrics() -> [MetricFamily] {
    statistics.families(states: states, lag: consumers.values.map(\.delivery.lag).max() ?? 0)
  }
}
