// SPDX-License-Identifier: Apache-2.0
// The subscriptions of bus clients: objects that send to one client.

internal import DBusBridge
internal import DBusTypes
internal import EventLoop
internal import EventModel
internal import Hub

/// The subscriptions of bus clients: each an object under a random path that sends to one client, and goes with it.
actor Subscriptions: LoopActor {
  /// Events that may be under way when the client names no number.
  static let defaultCredit: UInt32 = 1000
  /// Events that may be under way at most.
  static let maximumCredit: UInt32 = 10_000
  /// About how many bytes may be under way, whatever the credit: far less than any bus holds for one client.
  static let windowBytes = 512 << 10
  /// What one signal carries at most.
  static let signalAmount = DeliveryAmount(events: 128, bytes: 64 << 10)

  private struct Subscription {
    let delivery: DeliveryID
    let owner: BusName
    var track: TrackID?
  }

  nonisolated let loop: EventLoop
  private let desk: DeliveryDesk
  private let connection: BusConnection
  nonisolated let calls: CallCounts
  /// How long an acknowledgement may be owed; nil for ever.
  private let acknowledgementTimeout: Duration?
  private var subscriptions: [ObjectPath: Subscription] = [:]
  /// Those that wait for the connection to take messages again.
  private var postponed: Set<DeliveryID> = []

  init(desk: DeliveryDesk, connection: BusConnection, acknowledgementTimeout: Duration, calls: CallCounts) {
    loop = desk.loop
    self.desk = desk
    self.connection = connection
    self.calls = calls
    self.acknowledgementTimeout = acknowledgementTimeout > .zero ? acknowledgementTimeout : nil
  }

  /// Begins to hear when the connection takes messages again.
  func start() {
    connection.assumeIsolated { $0.onDrained { self.assumeIsolated { $0.release() } } }
  }

  // MARK: The life of a subscription

  /// Answers `Subscribe`.
  nonisolated func subscribe(_ call: BusCall) {
    let values = call.arguments
    do throws(Refusal) {
      let asked = try DeliveryArguments(kinds: values[0], subjects: values[1], after: values[2], options: values[4])
      let credit = values[3].uint32 ?? 0
      let window = try Subscriptions.window(credit: credit == 0 ? Subscriptions.defaultCredit : credit)
      connection.assumeIsolated { connection in
        connection.askUser(of: call.sender) { user in
          guard let user else { return call.fail(.failed, "the bus does not say which user calls") }
          let request = DeliveryRequest(
            filter: asked.filter, start: asked.start, instance: asked.instance, user: user, window: window,
            page: Subscriptions.signalAmount, acknowledgementTimeout: self.acknowledgementTimeout)
          self.assumeIsolated { $0.open(request, for: call) }
        }
      }
    } catch {
      call.fail(error)
    }
  }

  private static func window(credit: UInt32) throws(Refusal) -> DeliveryAmount {
    guard credit <= maximumCredit else {
      throw Refusal(.hubLimitsExceeded, "past the limit credit = \(maximumCredit)")
    }
    return DeliveryAmount(events: Int(credit), bytes: windowBytes)
  }

  private func open(_ request: DeliveryRequest, for call: BusCall) {
    guard let path = ObjectPath("/org/vireo/Hub1/subscription/\(InstanceID.random())") else { return }
    do throws(DeliveryRefusal) {
      let owner = call.sender
      let (id, head) = try desk.assumeIsolated { desk in
        Result { () throws(DeliveryRefusal) in
          try desk.open(request) { notice in self.assumeIsolated { $0.tell(notice, path, owner) } }
        }
      }.get()
      subscriptions[path] = Subscription(delivery: id, owner: owner)
      connection.assumeIsolated { $0.export(BusObject(path: path, interfaces: [interface])) }
      call.reply(.objectPath(path), .uint64(head))
      let track = connection.assumeIsolated { $0.track(owner) { self.assumeIsolated { $0.end(path) } } }
      subscriptions[path]?.track = track
    } catch {
      call.fail(Refusal(error))
    }
  }

  private func end(_ path: ObjectPath) {
    guard let subscription = subscriptions.removeValue(forKey: path) else { return }
    postponed.remove(subscription.delivery)
    desk.assumeIsolated { $0.close(subscription.delivery) }
    connection.assumeIsolated { connection in
      if let track = subscription.track { connection.untrack(track) }
      connection.unexport(path)
    }
  }

  // MARK: What it tells

  private func tell(_ notice: DeliveryNotice, _ path: ObjectPath, _ owner: BusName) -> DeliveryReceipt {
    guard let id = subscriptions[path]?.delivery else { return .taken }
    switch notice {
    case .events(let batch):
      return tellEvents(batch, id, path, owner)
    case .gap(let gap, let first):
      return tellGap(gap, first: first, id, path, owner)
    case .suspended(let after, let reason):
      send("Suspended", [.uint64(after), .text(reason)], path, owner)
      return .taken
    case .overflow:
      // Subscriptions have patience without end.
      return .taken
    }
  }

  private func tellEvents(
    _ batch: DeliveryBatch, _ id: DeliveryID, _ path: ObjectPath, _ owner: BusName
  ) -> DeliveryReceipt {
    let message = signal(
      "Events", [.uint64(batch.first), .array("(tttsssosa{sv})", batch.events.map(\.bus))], path, owner)
    let outcome = send(message, id, from: batch.first)
    // What cannot be said on a bus at all would be tried for ever: its numbers are told instead.
    guard case .rejected = outcome, let first = batch.events.first, let last = batch.events.last else {
      return receipt(outcome, id)
    }
    let gap = PublishedGap(first: first.sequence, last: last.sequence, reason: "too-large")
    return tellGap(gap, first: batch.first, id, path, owner)
  }

  private func tellGap(
    _ gap: PublishedGap, first: UInt64, _ id: DeliveryID, _ path: ObjectPath, _ owner: BusName
  ) -> DeliveryReceipt {
    let message = signal(
      "Gap", [.uint64(first), .uint64(gap.first), .uint64(gap.last), .text(gap.reason)], path, owner)
    return receipt(send(message, id, from: first), id)
  }

  private func receipt(_ outcome: SendOutcome, _ id: DeliveryID) -> DeliveryReceipt {
    guard outcome != .queued else { return .taken }
    postponed.insert(id)
    return .postponed
  }

  private func send(_ message: BusMessage, _ id: DeliveryID, from first: UInt64) -> SendOutcome {
    connection.assumeIsolated { connection in
      connection.send(message) { [desk] _ in desk.assumeIsolated { $0.refused(id, from: first) } }
    }
  }

  private func send(_ member: MemberName, _ body: [BusValue], _ path: ObjectPath, _ owner: BusName) {
    let message = signal(member, body, path, owner)
    // When this cannot be sent, the delivery says it again later.
    connection.assumeIsolated { _ = $0.send(message) }
  }

  private func signal(_ member: MemberName, _ body: [BusValue], _ path: ObjectPath, _ owner: BusName) -> BusMessage {
    .signal(path, Subscriptions.interfaceName, member, body, to: owner)
  }

  private func release() {
    let waiting = postponed
    postponed = []
    for id in waiting { desk.assumeIsolated { $0.release(id) } }
  }

  // MARK: What it is asked

  /// Runs an action on the subscription that is called, if the caller is its owner.
  nonisolated func own(
    _ call: BusCall, _ action: @escaping @Sendable (DeliveryID, isolated DeliveryDesk) throws(Refusal) -> Void
  ) {
    assumeIsolated { subscriptions in
      guard let subscription = subscriptions.subscriptions[call.path] else {
        return call.fail(Refusal(DeliveryRefusal.ended))
      }
      guard subscription.owner == call.sender else {
        return call.fail(.notAuthorized, "a subscription obeys only the client that made it")
      }
      do throws(Refusal) {
        try subscriptions.desk.assumeIsolated { desk in
          Result { () throws(Refusal) in try action(subscription.delivery, desk) }
        }.get()
        call.reply()
      } catch {
        call.fail(error)
      }
    }
  }

  /// Ends the subscription that is called.
  nonisolated func cancel(_ call: BusCall) {
    own(call) { _, _ in self.assumeIsolated { $0.end(call.path) } }
  }

  /// Changes the credit of a subscription.
  static func setCredit(_ credit: UInt32, _ id: DeliveryID, _ desk: isolated DeliveryDesk) throws(Refusal) {
    desk.setWindow(id, try window(credit: credit))
  }

  /// How the subscription at a path stands.
  nonisolated func status(_ path: ObjectPath) -> DeliveryStatus? {
    assumeIsolated { subscriptions in
      subscriptions.subscriptions[path].flatMap { subscription in
        subscriptions.desk.assumeIsolated { $0.status(subscription.delivery) }
      }
    }
  }
}
