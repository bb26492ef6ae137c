// SPDX-License-Identifier: Apache-2.0
// The health of a source: its object on the bus, and the events of its ups and downs.

import EventLoop
public import EventModel

/// The health of a source, as its object of the registry shows it.
///
/// A source keeps one and tells it what it meets; it makes the `source.*` events and the counters of that.
public struct SourceHealth: Sendable {
  /// The states of a source.
  public enum State: String, Sendable {
    /// It delivers events.
    case up
    /// It delivers events, but not all or not in full.
    case degraded
    /// It delivers none.
    case down
  }

  /// The source, as the subject of its events.
  public let subject: Subject
  /// Its state.
  public private(set) var state = State.down
  /// How often in a row it was tried to reach the peer, without success.
  public private(set) var attempts: UInt64 = 0

  private let feed: HubFeed
  private let kind: String
  private var lastError = ""
  private var wasUp = false
  private var downSince = ContinuousClock.now
  private var reconnects: UInt64 = 0
  private var overruns: UInt64 = 0
  private var resyncs: UInt64 = 0
  private var lastRejection: ContinuousClock.Instant?

  /// The health of the source with that name and that kind, in the words of its property; it is down until it says
  /// otherwise.
  public init(kind: String, name: String, feed: HubFeed) {
    subject = Subject(.source, name)
    self.kind = kind
    self.feed = feed
  }

  /// Puts the source into the registry.
  public func register() {
    let properties: PropertyChanges = [
      .name: .string(subject.key), .kind: .string(kind), .state: .string(state.rawValue),
    ]
    feed.send(.add(HubObject(subject, properties), nil))
  }

  /// It delivers events in full.
  public mutating func up() {
    guard state != .up else { return }
    let wasReached = state == .degraded
    state = .up
    enter(wasReached ? .sourceUp : reached())
  }

  /// It delivers events, but something is missing; the text says what.
  public mutating func degraded(_ error: String) {
    guard state != .degraded || lastError != error else { return }
    if state == .down, reached() == .sourceReconnected { enterReconnected() }
    state = .degraded
    enter(.sourceDegraded, error: error)
  }

  /// It delivers nothing; the text says why.
  public mutating func down(_ error: String) {
    attempts += 1
    guard state != .down || lastError != error else { return }
    if state != .down { downSince = .now }
    state = .down
    enter(.sourceDown, error: error)
  }

  /// It lost events.
  public mutating func overrun() {
    overruns += 1
    feed.send(.update(subject, [.overruns: .uint(overruns)]))
  }

  /// It was compared with what was known, and so many differences became events.
  public mutating func resynced(differences: Int) {
    resyncs += 1
    feed.send(
      .publish(
        EventDraft(
          .sourceResynced, subject: subject, source: subject, origin: .derived,
          data: ["differences": .uint(UInt64(differences))], changes: [.resyncs: .uint(resyncs)])))
  }

  /// It was asked for everything at that moment, and by now that was compared with what was known.
  public func compared(since begin: Timestamp) {
    let subject = subject
    let took = Duration.microseconds(Timestamp.now().microseconds &- begin.microseconds)
    feed.hub.assumeIsolated { $0.noteComparison(of: subject, took: took) }
  }

  /// A stretch of its events may be missing.
  public func gap(from: Timestamp, to end: Timestamp, reason: String) {
    feed.send(
      .publish(
        EventDraft(
          .hubGap, subject: .hub, source: subject, origin: .derived,
          data: ["from": .string(from.rfc3339), "to": .string(end.rfc3339), "reason": .string(reason)])))
  }

  /// Something that came was refused.
  ///
  /// An event tells the first of a minute; the property tells each.
  public mutating func rejected(_ error: String, sample: String = "") {
    let error = note(error)
    let now = ContinuousClock.now
    if let last = lastRejection, now - last < .seconds(60) { return }
    lastRejection = now
    var data: Fields = ["error": .string(error)]
    if !sample.isEmpty { data["sample"] = .string(OutsideText.printable(sample, limit: EventLimits.nameBytes)) }
    feed.send(.publish(EventDraft(.sourceRejected, subject: subject, source: subject, data: data)))
  }

  /// Notes an error that changes nothing about the state.
  @discardableResult
  public mutating func note(_ error: String) -> String {
    let error = OutsideText.printable(error, limit: EventLimits.nameBytes)
    feed.send(.update(subject, [.lastError: .string(error), .lastErrorTime: .uint(Timestamp.now().unsigned)]))
    return error
  }

  /// How long to wait before the peer is tried again: doubling from a tenth of a second up to half a minute.
  public var retryDelay: Duration {
    min(.milliseconds(100) * (1 << min(max(attempts, 1) - 1, 9)), .seconds(30))
  }

  /// The peer was reached: what that is called.
  private mutating func reached() -> EventKind {
    defer { wasUp = true }
    guard wasUp else { return .sourceUp }
    reconnects += 1
    return .sourceReconnected
  }

  private mutating func enterReconnected() {
    enter(.sourceReconnected)
  }

  private mutating func enter(_ kind: EventKind, error: String = "") {
    var changes: PropertyChanges = [.state: .string(state.rawValue), .reconnects: .uint(reconnects)]
    var data: Fields = [:]
    if kind == .sourceReconnected {
      let away = (ContinuousClock.now - downSince).components
      data = ["attempts": .uint(attempts), "seconds": .double(Double(away.seconds) + Double(away.attoseconds) / 1e18)]
    }
    if kind == .sourceUp || kind == .sourceReconnected { attempts = 0 }
    lastError = error
    if !error.isEmpty {
      let text = OutsideText.printable(error, limit: EventLimits.nameBytes)
      data["error"] = .string(text)
      changes[.lastError] = .string(text)
      changes[.lastErrorTime] = .uint(Timestamp.now().unsigned)
    }
    feed.send(.publish(EventDraft(kind, subject: subject, source: subject, data: data, changes: changes)))
  }
}
