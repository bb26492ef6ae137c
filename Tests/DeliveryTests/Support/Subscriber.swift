// SPDX-License-Identifier: Apache-2.0
// A subscriber as the interface's documentation tells it to be, on a loop of its own.

import BusTestSupport
import DBusBridge
import DBusTypes
import Dispatch
import EventLoop
import EventModel
import TestSupport
import Testing

/// A subscriber as the interface's documentation tells it to be: it takes what continues what it has, acknowledges, and
/// subscribes again by its own number whenever the hub comes (again).
actor Subscriber: LoopActor {
  /// What it wants.
  struct Wishes: Sendable {
    var kinds: [String] = []
    var subjects: [String] = []
    var after: UInt64 = 0
    var credit: UInt32 = 0
    var acknowledges = true
    /// Subscribes again when it is told that it is suspended, and when something was lost on its way.
    var resumes = true
  }

  static let hub: BusName = "org.vireo.Hub1"
  static let root: ObjectPath = "/org/vireo/Hub1"
  static let manager: InterfaceName = "org.vireo.Hub1.Manager"
  static let interface: InterfaceName = "org.vireo.Hub1.Subscription"

  nonisolated var loop: EventLoop { peer.loop }
  private nonisolated let peer: Peer
  /// The last number dealt with, each time that it moves.
  nonisolated let progress = Recorder<UInt64>()
  /// Why it was suspended, each time.
  nonisolated let suspensions = Recorder<UInt64>()
  /// The path of each subscription that it got.
  nonisolated let subscriptions = Recorder<ObjectPath>()
  /// Refusals of Subscribe.
  nonisolated let refusals = Recorder<BusError>()
  private var wishes: Wishes
  private var path: ObjectPath?
  /// The events of a kind that a test sends as the last.
  nonisolated let kinds = Recorder<UInt64>()
  private(set) var seen: [UInt64] = []
  /// What each event looked like, by its number.
  private(set) var fingerprints: [UInt64: Int] = [:]
  /// How long after it was recorded the last event arrived.
  private(set) var delay = Duration.zero
  private(set) var gaps: [ClosedRange<UInt64>] = []
  private(set) var last: UInt64
  /// Messages that were left out since something before them was missing.
  private(set) var left = 0
  private(set) var largestBatch = 0

  init(_ testBus: TestBus, _ wishes: Wishes = Wishes()) async throws {
    peer = try await Peer(testBus.address)
    self.wishes = wishes
    last = wishes.after
    begin()
  }

  private func begin() {
    let rule = MatchRule(sender: Subscriber.hub, interface: Subscriber.interface)
    bus.assumeIsolated { bus in
      bus.addMatch(rule) { [weak self] message in self?.assumeIsolated { $0.received(message) } }
      bus.addMatch(MatchRule.ownerChange(of: Subscriber.hub)) { [weak self] message in
        guard message.body.last?.string?.isEmpty == false else { return }
        self?.assumeIsolated { $0.subscribe() }
      }
      bus.onStateChange { [weak self] state in
        if state.isConnected { self?.assumeIsolated { $0.subscribe() } }
      }
      bus.start()
    }
  }

  private nonisolated var bus: BusConnection { peer.bus }

  // MARK: What a test does with it

  /// Does nothing any more until the semaphore is signalled: it does not even read.
  nonisolated func stall() -> DispatchSemaphore {
    let goOn = DispatchSemaphore(value: 0)
    loop.submit { goOn.wait() }
    return goOn
  }

  /// Waits until it has dealt with a number.
  func reached(_ sequence: UInt64, within limit: Duration = Patience.standard) async throws {
    try await progress.first("number \(sequence)", within: limit) { $0 >= sequence }
  }

  /// Acknowledges from now on, or no longer.
  func setAcknowledging(_ acknowledges: Bool) {
    wishes.acknowledges = acknowledges
    if acknowledges { acknowledge() }
  }

  /// Calls a method of the subscription.
  func call(_ member: MemberName, _ body: BusValue...) async throws(BusError) -> BusMessage {
    try await bus.call(.call(Subscriber.hub, path ?? Subscriber.root, Subscriber.interface, member, body))
  }

  /// A property of the subscription.
  func property(_ name: String) async throws(BusError) -> BusValue? {
    let message = BusMessage.call(
      Subscriber.hub, path ?? Subscriber.root, "org.freedesktop.DBus.Properties", "Get",
      [.string(Subscriber.interface.rawValue), .string(name)])
    return try await bus.call(message).body.first?.variant
  }

  /// Checks that everything from a number through another came exactly once, or is in a gap that was told.
  func expectComplete(from first: UInt64, through end: UInt64, sourceLocation: SourceLocation = #_sourceLocation) {
    var next = first
    var missing: [UInt64] = []
    var stretches = gaps.sorted { $0.lowerBound < $1.lowerBound }[...]
    for sequence in seen {
      while let gap = stretches.first, gap.lowerBound <= next, gap.lowerBound < sequence {
        next = max(next, gap.upperBound + 1)
        stretches.removeFirst()
      }
      #expect(sequence >= next, "twice or out of order: \(sequence)", sourceLocation: sourceLocation)
      while next < sequence, missing.count < 10 {
        missing.append(next)
        next += 1
      }
      next = sequence + 1
    }
    #expect(missing.isEmpty, "never came", sourceLocation: sourceLocation)
    #expect(last >= end, "ended too early", sourceLocation: sourceLocation)
  }

  // MARK: What comes

  private func subscribe() {
    path = nil
    let message = BusMessage.call(
      Subscriber.hub, Subscriber.root, Subscriber.manager, "Subscribe",
      [
        .strings(wishes.kinds), .strings(wishes.subjects), .uint64(last), .uint32(wishes.credit), .variants([]),
      ])
    bus.assumeIsolated { bus in
      bus.call(message) { [weak self] result in self?.assumeIsolated { $0.subscribed(result) } }
    }
  }

  private func subscribed(_ result: Result<BusMessage, BusError>) {
    switch result {
    case .success(let reply):
      guard let path = reply.body.first?.objectPath else { return }
      self.path = path
      subscriptions.append(path)
    case .failure(let error):
      refusals.append(error)
      // Retention overtook it while it was away: it says so to itself, and goes on with what is held.
      guard error.name == "org.vireo.Hub1.Error.CursorExpired",
        let oldest = error.text.split(separator: " ").last.flatMap({ UInt64($0) })
      else { return }
      gaps.append(last + 1...oldest - 1)
      last = oldest - 1
      subscribe()
    }
  }

  private func received(_ message: BusMessage) {
    // What belongs to a subscription of before a restart does not count.
    guard message.path == path else { return }
    switch message.member {
    case "Events":
      guard let first = message.body[0].uint64, let events = message.body[1].array else { return }
      take(first, events)
    case "Gap":
      let numbers = message.body.compactMap(\.uint64)
      guard numbers.count == 3 else { return }
      guard numbers[0] <= last + 1 else { return lose() }
      guard numbers[2] > last else { return }
      gaps.append(max(numbers[1], last + 1)...numbers[2])
      advance(to: numbers[2])
    case "Suspended":
      suspensions.append(message.body[0].uint64 ?? 0)
      if wishes.resumes { acknowledge() }
    default: break
    }
  }

  private func take(_ first: UInt64, _ events: [BusValue]) {
    largestBatch = max(largestBatch, events.count)
    guard first <= last + 1 else { return lose() }
    var newest: UInt64?
    for event in events {
      guard let fields = event.structure, let number = fields[0].uint64, number > newest ?? last else { continue }
      newest = number
      seen.append(number)
      fingerprints[number] = Subscriber.fingerprint(fields)
      if fields[3] == .string("vm.powerdown") { kinds.append(number) }
    }
    guard let newest else { return }
    let recorded = events.last?.structure?[2].uint64 ?? 0
    delay = .microseconds(Timestamp.now().microseconds - Int64(recorded))
    advance(to: newest)
  }

  /// A number that tells one event from another of the same sequence.
  static func fingerprint(_ fields: [BusValue]) -> Int {
    var hasher = Hasher()
    for field in fields { hasher.combine(field) }
    return hasher.finalize()
  }

  private func lose() {
    left += 1
  }

  private func advance(to sequence: UInt64) {
    last = sequence
    progress.append(sequence)
    if wishes.acknowledges { acknowledge() }
  }

  private func acknowledge() {
    guard let path else { return }
    var message = BusMessage.call(Subscriber.hub, path, Subscriber.interface, "Ack", [.uint64(last)])
    message.flags = .noReplyExpected
    bus.assumeIsolated { _ = $0.send(message) }
  }
}
